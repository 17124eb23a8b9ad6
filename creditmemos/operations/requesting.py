"""Ask a second person about a memo (I19)."""

from datetime import datetime

from companies.operations.approvals import request
from core.actors import Actor
from core.models import Approval
from creditmemos.domain.wording import KIND
from creditmemos.models import CreditMemo
from creditmemos.queries.creditable import left_after

APPROVE, WITHDRAW = "creditmemos.approve", "creditmemos.withdraw"
"""The permissions to decide requests about memos, and to take back one's own."""


def request_approval(*, memo: CreditMemo, verb: str, amount: int, reason: str, actor: Actor, now: datetime) -> Approval:
    """Write the request down, about a locked memo; the snapshot lets the decider see what changed since."""
    return request(
        kind=KIND,
        verb=verb,
        object_id=memo.pk,
        company_id=memo.payer_id,
        amount=amount,
        currency=memo.currency,
        snapshot=snapshot(memo),
        reason=reason,
        actor=actor,
        now=now,
    )


def snapshot(memo: CreditMemo) -> dict[str, object]:
    """The figures that a decision is about; minor units."""
    facts: dict[str, object] = {
        "status": memo.status,
        "total": memo.total,
        "balance": memo.balance,
        "applied": memo.applied,
    }
    if memo.source_invoice is not None:
        facts["invoice_status"] = memo.source_invoice.status
        facts["invoice_due"] = memo.source_invoice.amount_due
    if memo.afterwards:
        facts["left"] = left_after(memo)
        facts["afterwards"] = memo.afterwards
    return facts
