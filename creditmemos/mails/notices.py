"""What the mails about a memo that print no document of their own say of it."""

from collections.abc import Callable
from typing import Any

from core.money import to_major
from creditmemos.models import CreditMemo
from notifications.domain.kinds import Notice

DOCUMENT = "credit_memo"
"""The kind of document that all mails of credit memos are about."""


def about_memo(
    memo: CreditMemo, *, user_id: int | None, total: int, present: Callable[[str], dict[str, Any]]
) -> Notice:
    """A notice to the memo's payer, with the parties as it froze them; ``total`` is in minor units."""
    return Notice(
        company_id=memo.payer_id,
        user_id=user_id,
        subject_kind=DOCUMENT,
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
