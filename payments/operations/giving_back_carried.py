"""Give back the balance that an invoice of a V1 marketplace carries on, off-platform; always two people.

A carried balance has no source that money paid: as credit without one, nobody sends it back alone.
"""

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from companies.operations.approvals import request
from core import idempotency
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.errors import refusal_of
from core.locking import lock_one, take_turns
from core.models import Approval
from creditmemos.domain.wording import INVOICE
from invoices.models import Invoice
from payments.domain.refusals import NothingCarried
from payments.domain.wording import GIVE_BACK_CARRIED
from payments.models import Refund
from payments.operations.refund_moves import Sending, begin, check_sending
from payments.operations.refunding import (
    PERMISSION,
    check_paid_in,
    parties_of,
    refuse_own_now,
    sending_of,
    stored_sending,
)

__all__ = ["PERMISSION", "give_back_carried"]


def may_give_back_carried(invoice: Invoice) -> bool:
    """Whether it carries a balance on that nothing has taken over."""
    return refusal_of(_check_carrying, invoice) is None


def _check_carrying(invoice: Invoice) -> None:
    if not invoice.carried_out or invoice.carried_taken:
        raise NothingCarried(invoice=str(invoice))


def check_carried(invoice: Invoice) -> None:
    """Ask the guards that don't depend on who acts."""
    _check_carrying(invoice)
    check_paid_in(invoice.account, invoice.carried_out)


def check_give_back_carried(invoice: Invoice, *, actor: Actor) -> None:
    """Ask every guard of asking for it."""
    refuse_own_now([actor.user_id], parties_of(invoice))
    check_carried(invoice)


@transaction.atomic
def give_back_carried(
    *, invoice: Invoice, sending: Sending, reason: str, actor: Actor, now: datetime, key: str | None
) -> Approval:
    """Ask a second person to give the whole carried balance of an invoice back, with a reason; it reserves nothing."""
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    body = [invoice.pk, asdict(sending), reason]
    again = idempotency.claim(actor=actor, operation="payments.give_back_carried", key=key, body=body, now=now)
    if again:
        return Approval.objects.get(pk=again.result["approval_id"])
    invoice = lock_one(Invoice.objects.filter(pk=invoice.pk, marketplace_id=actor.marketplace_id))
    check_give_back_carried(invoice, actor=actor)
    sending = check_sending(sending, invoice.account, now=now)
    told: dict[str, object] = {
        "sending": stored_sending(sending), "thing": str(invoice), "companies": parties_of(invoice),
    }  # fmt: skip
    found = request(
        kind=INVOICE, verb=GIVE_BACK_CARRIED, object_id=invoice.pk, company_id=invoice.payer_id,
        amount=invoice.carried_out, currency=invoice.currency, reason=reason, arguments=told, audited={},
        actor=actor, now=now,
    )  # fmt: skip
    idempotency.remember(actor=actor, operation="payments.give_back_carried", key=key, result={"approval_id": found.pk})
    return found


def check_agreed(approval: Approval, invoice: Invoice, actor: Actor) -> None:
    """Ask every guard of what was asked for, of both people."""
    refuse_own_now([actor.user_id], parties_of(invoice), maker_id=approval.requested_by_id)
    check_carried(invoice)


def give_back_agreed(approval: Approval, actor: Actor, now: datetime) -> Refund:
    """Send what a second person agreed to, after every guard was asked again, of the maker too."""
    invoice = lock_one(Invoice.objects.filter(pk=approval.object_id, marketplace_id=actor.marketplace_id))
    take_turns("refund", invoice.account_id)
    check_agreed(approval, invoice, actor)
    return begin(
        invoice, invoice.carried_out, check_sending(sending_of(approval.arguments), invoice.account, now=now),
        reason=approval.request_reason, actor=actor, now=now, requested_by_id=approval.requested_by_id,
    )  # fmt: skip
