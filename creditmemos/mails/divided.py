"""The one mail about a divided memo: in place of the mails about its void and about each memo that takes its place."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from core.models import OutboxJob
from core.money import format_amount
from core.printable import one_line
from creditmemos.mails.notices import DOCUMENT, about_memo
from creditmemos.models import CreditMemo
from notifications.domain.kinds import Notice, NotificationKind
from notifications.mail.truth import where_it_went
from notifications.models import Delivery
from notifications.queries import is_enabled, went_to

NAME, PDF_CREATED = "credit_memo_divided", "credit_memo_pdf_created"
Part = tuple[str, int, bool]
"""A new memo: its number, its total in minor units, and whether it was voided at once, with its invoice."""


def tells_of_issue(memo_id: int) -> bool:
    """Whether the mail about a division tells that this memo was issued: somebody was mailed what was divided."""
    memo = CreditMemo.objects.filter(pk=memo_id, divided_from__isnull=False).first()
    if memo is None or not is_enabled(NAME, memo.marketplace_id):
        return False
    told = went_to(PDF_CREATED, DOCUMENT, memo.divided_from_id or 0, memo.marketplace_id)
    return told.filter(state=Delivery.State.SENT).exists()


def tells_of_void(memo_id: int) -> bool:
    """Whether the mail about a division tells that this memo is void."""
    memo = CreditMemo.objects.filter(pk=memo_id, divided_into__isnull=False).first()
    return memo is not None and is_enabled(NAME, memo.marketplace_id)


def divided(job: OutboxJob) -> Notice:
    """The mail that names the memos in its place; it goes where the mail about the memo went."""
    memo = CreditMemo.objects.select_related("marketplace").get(pk=job.payload["memo_id"])
    rows = CreditMemo.objects.filter(pk__in=job.payload["memo_ids"]).order_by("sequence", "pk")
    parts = [(row.number or "", row.total, row.voided_at == memo.voided_at) for row in rows]

    def present(language: str) -> dict[str, Any]:
        return _shown(memo.frozen["merchant"]["name"], memo.number or "", parts, memo.currency, language)

    return about_memo(memo, user_id=memo.billed_user_id, total=memo.total, present=present)


def _payload(memo_id: int) -> dict[str, Any] | None:
    """What the event about a memo's division said; None while it was not divided."""
    parts = list(CreditMemo.objects.filter(divided_from=memo_id).order_by("pk").values_list("pk", flat=True))
    return {"memo_id": memo_id, "memo_ids": parts} if parts else None


def _samples(language: str) -> list[dict[str, Any]]:
    """Two memos in place of one, and one of them void with its invoice."""
    parts = [("CM-2026-00043", 30_00, False), ("CM-2026-00044", 12_50, False)]
    void = [parts[0], ("CM-2026-00044", 12_50, True)]
    return [_shown("Nordmarkt GmbH", "CM-2026-00042", rows, "EUR", language) for rows in (parts, void)]


def _shown(merchant: str, number: str, parts: list[Part], currency: str, language: str) -> dict[str, Any]:
    """What the texts see."""
    return {
        "merchant": {"name": one_line(merchant)},
        "number": number,
        "total": format_amount(sum(total for _number, total, _void in parts), currency, language),
        "parts": [
            {"number": part, "amount": format_amount(total, currency, language), "is_void": is_void}
            for part, total, is_void in parts
        ],
    }


KIND = NotificationKind(
    name=NAME,
    label=_("Credit memo divided"),
    about=_("A credit memo that had been mailed was voided and issued again as several credit memos."),
    topic="credit_memo.divided",
    notice=divided,
    samples=_samples,
    payload=_payload,
    still_true=where_it_went(DOCUMENT, PDF_CREATED),
    follows=PDF_CREATED,
    document=DOCUMENT,
    enabled=True,
    has_pdf=False,
)
