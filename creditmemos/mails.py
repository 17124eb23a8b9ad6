"""The mails that say where credit went, for the notifications app."""

from typing import Any

from core.models import OutboxJob
from core.money import format_amount, to_major
from core.printable import one_line
from creditmemos.models import Application
from documents.domain.kinds import kind_called
from documents.pdf import printing
from notifications.domain.facts import facts_of
from notifications.domain.kinds import Notice

PAID_OUT = "payout.succeeded"
"""The event that payments will publish about a memo that was paid out in full; its payload has ``memo_id``."""


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
    memo, total = rows[0].memo, sum(row.amount for row in rows)
    users = {row.memo.billed_user_id for row in rows}

    def present(language: str) -> dict[str, Any]:
        used = [(row.memo.number or "", row.invoice.number or "", row.amount) for row in rows]
        return _used(memo.frozen["merchant"]["name"], used, memo.currency, language)

    return Notice(
        company_id=memo.payer_id,
        user_id=users.pop() if len(users) == 1 else None,
        subject_kind="credit_memo",
        subject_id=memo.pk,
        number=memo.number or "",
        facts={
            "company": memo.frozen["payer"]["name"],
            "merchant": memo.frozen["merchant"]["name"],
            "country": memo.frozen["payer"]["country"],
            "currency": memo.currency,
            "total": f"{to_major(total, currency=memo.currency):f}",
        },
        languages=[memo.language, memo.marketplace.default_language],
        present=present,
    )


def applied_payload(document_id: int) -> dict[str, Any] | None:
    """What the event about a memo's latest application said; None while none was made."""
    last = Application.objects.filter(memo_id=document_id, amount__gt=0).order_by("-created_at", "-pk").first()
    return {"application_ids": [str(last.pk)]} if last else None


def applied_samples(language: str) -> list[dict[str, Any]]:
    """Two applications, and one."""
    used = [("CM-2026-00042", "INV-2026-00017", 30_00), ("CM-2026-00042", "INV-2026-00018", 12_50)]
    return [_used("Nordmarkt GmbH", rows, "EUR", language) for rows in (used, used[:1])]


def _used(merchant: str, used: list[tuple[str, str, int]], currency: str, language: str) -> dict[str, Any]:
    """What the texts see: (memo, invoice, minor units) of each application."""
    return {
        "merchant": {"name": one_line(merchant)},
        "total": format_amount(sum(amount for _memo, _invoice, amount in used), currency, language),
        "applications": [
            {"memo": memo, "invoice": invoice, "amount": format_amount(amount, currency, language)}
            for memo, invoice, amount in used
        ],
    }


def refund_processed(job: OutboxJob) -> Notice:
    """The mail that a memo was paid out."""
    memo_id = job.payload["memo_id"]
    content = kind_called("credit_memo").content(memo_id)
    return Notice(
        company_id=content["company_id"],
        user_id=content["user_id"],
        subject_kind="credit_memo",
        subject_id=memo_id,
        number=content["number"],
        facts=facts_of(content),
        languages=content["languages"],
        present=lambda language: printing.present(content, kind="credit_memo", language=language),
    )
