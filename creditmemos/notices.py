"""The mail that says where credit was used, for the notifications app."""

from typing import Any

from core.models import OutboxJob
from core.money import format_amount
from creditmemos.models import Application
from documents.printing import clean
from notifications.kinds import Notice


def credit_applied(job: OutboxJob) -> Notice | None:
    """One mail for all applications that were made together; numbers and names as the documents print them."""
    ids = job.payload["application_ids"]
    rows = list(
        Application.objects.filter(pk__in=ids)
        .select_related("memo__marketplace", "invoice")
        .order_by("created_at", "pk")
    )
    if not rows:
        return None
    memo = rows[0].memo
    users = {row.memo.billed_user_id for row in rows}

    def present(language: str) -> dict[str, Any]:
        def amount(minor: int) -> str:
            return format_amount(minor, memo.currency, language)

        return {
            "merchant": {"name": clean(memo.frozen["merchant"]["name"])},
            "total": amount(sum(row.amount for row in rows)),
            "applications": [
                {"memo": row.memo.number, "invoice": row.invoice.number, "amount": amount(row.amount)} for row in rows
            ],
        }

    return Notice(
        company_id=memo.payer_id,
        user_id=users.pop() if len(users) == 1 else None,
        subject_kind="credit_memo",
        subject_id=memo.pk,
        languages=[memo.language, memo.marketplace.default_language],
        present=present,
    )
