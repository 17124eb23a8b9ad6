"""Ask a second person (I19)."""

from datetime import datetime

from core import audit
from core.actors import Actor
from core.models import Approval
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import KIND
from creditmemos.refusals import AlreadyAsked


def request_approval(*, memo: CreditMemo, verb: str, amount: int, reason: str, actor: Actor, now: datetime) -> Approval:
    """Write the request down; it reserves nothing. The snapshot lets the decider see what changed since.

    The memo is locked. Refused while the same request waits already.
    """
    if actor.user_id is None:
        raise RuntimeError("only a person asks a second one")
    waiting = Approval.objects.filter(kind=KIND, object_id=memo.pk, verb=verb, decision=Approval.Decision.WAITING)
    if waiting.exists():
        raise AlreadyAsked
    approval = Approval.objects.create(
        marketplace_id=memo.marketplace_id,
        verb=verb,
        kind=KIND,
        object_id=memo.pk,
        company_id=memo.payer_id,
        amount=amount,
        currency=memo.currency,
        snapshot=snapshot(memo),
        requested_by_id=actor.user_id,
        requested_at=now,
        request_reason=reason,
    )
    audit.record(
        actor=actor, verb=f"creditmemo.{verb}_requested", obj=memo, company_id=memo.payer_id, note=reason,
        after={"amount": amount, "currency": memo.currency}, now=now,
    )  # fmt: skip
    return approval


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
    return facts
