"""The mails about credit memos and where their credit went, for the notifications app."""

from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.models import OutboxJob
from core.money import format_amount
from core.printable import one_line
from creditmemos.domain.adjustments import ORDINARY
from creditmemos.mails import divided as divided_mails
from creditmemos.mails.notices import DOCUMENT, about_memo
from creditmemos.models import Application, CreditMemo
from documents.domain.kinds import kind_called
from documents.pdf import printing
from notifications.domain.facts import facts_of
from notifications.domain.kinds import Notice, NotificationKind
from notifications.domain.truth import NoLongerTrue, Waiting
from notifications.handlers.mails import register
from notifications.mail.documents import pdf_mail
from notifications.mail.samples import documents

PAID_OUT = "refund.sent"
"""The event of payments: money was sent back; its payload has ``memo_id``, None where it was money on account."""
PDF_CREATED = divided_mails.PDF_CREATED


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        pdf_mail(
            PDF_CREATED,
            label=_("Credit memo PDF created"),
            about=_("A credit memo was issued, and its PDF is ready."),
            document=DOCUMENT,
            enabled=False,
            unless=divided_mails.tells_of_issue,
        )
    )
    register(
        pdf_mail(
            "credit_memo_voided",
            label=_("Credit memo voided"),
            about=_("A credit memo that had been mailed was voided; its PDF is the copy marked VOID."),
            document=DOCUMENT,
            enabled=True,
            voids=PDF_CREATED,
            unless=divided_mails.tells_of_void,
        )
    )
    register(divided_mails.KIND)
    register(
        NotificationKind(
            name="credit_applied",
            label=_("Credit applied"),
            about=_("Credit was applied to one or more invoices."),
            topic="credit_memo.applied",
            notice=credit_applied,
            samples=applied_samples,
            payload=applied_payload,
            still_true=not_reversed,
            document=DOCUMENT,
            enabled=False,
            has_pdf=False,
        )
    )
    register(
        NotificationKind(
            name="refund_processed",
            label=_("Refund processed"),
            about=_("A credit memo was paid out."),
            topic=PAID_OUT,
            notice=refund_processed,
            samples=documents(DOCUMENT),
            payload=lambda memo_id: {"memo_id": memo_id},
            still_true=still_paid_out,
            document=DOCUMENT,
            enabled=False,
            has_pdf=False,
        )
    )


def credit_applied(job: OutboxJob) -> Notice | None:
    """One mail for all applications that were made together; numbers and names as the documents print them.

    None for adjustments: nobody is told that a small difference was settled, or a debt given up.
    """
    ids = job.payload["application_ids"]
    rows = list(
        Application.objects.filter(pk__in=ids, memo__purpose=ORDINARY)
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

    user_id = users.pop() if len(users) == 1 else None
    return about_memo(memo, user_id=user_id, total=total, present=present)


def not_reversed(mail: Waiting) -> None:
    """It names amounts: once any of them was taken back, it says too much. Mails of earlier releases name none."""
    ids = mail.payload.get("application_ids", [])
    if Application.objects.filter(reverses__in=ids).exists():
        raise NoLongerTrue(gettext("Some of this credit was reversed before this mail was sent."))


def applied_payload(document_id: int) -> dict[str, Any] | None:
    """What the event about a memo's latest application said; None while none was made."""
    last = (
        Application.objects.filter(memo_id=document_id, memo__purpose=ORDINARY, amount__gt=0)
        .order_by("-created_at", "-pk")
        .first()
    )
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


def still_paid_out(mail: Waiting) -> None:
    """The money may have come back since: nobody is told that they got it."""
    if CreditMemo.objects.get(pk=mail.subject_id).status != CreditMemo.Status.PAID_OUT:
        raise NoLongerTrue(gettext("The payout was returned before this mail was sent."))


def refund_processed(job: OutboxJob) -> Notice | None:
    """The mail that a memo was paid out; None where money on account was given back."""
    memo_id = job.payload["memo_id"]
    if memo_id is None:
        return None
    content = kind_called(DOCUMENT).content(memo_id)
    return Notice(
        company_id=content["company_id"],
        user_id=content["user_id"],
        subject_kind=DOCUMENT,
        subject_id=memo_id,
        number=content["number"],
        facts=facts_of(content),
        languages=content["languages"],
        present=lambda language: printing.present(content, kind=DOCUMENT, language=language),
    )
