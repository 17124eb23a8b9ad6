"""Take money off an invoice: it stays on account, the invoice owes again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from companies.operations.own_company import Ask
from core import audit, idempotency
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.formats import amount_text
from core.locking import lock_one
from creditmemos.operations.reversing import ConfirmUnpaid
from invoices.domain.balance import PAID
from invoices.models import Invoice
from ledger.posting import post
from payments.domain.refusals import AllocationReversed
from payments.domain.wording import KIND, TAKEN_OFF
from payments.models import Allocation, Payment
from payments.operations.guards import ask_second, lock_invoices, refuse_own
from payments.operations.money_facts import allocate_entries, payment_note, publish_payment, told
from payments.operations.money_rows import AllocationRow, Locked, give_money_back, posting_day

PERMISSION = "payments.take_off"
TAKE_OFF = "take_off"


def may_take_off(allocation: Allocation) -> bool:
    """Whether this money is still on its invoice."""
    return allocation.reverses_id is None and not hasattr(allocation, "reversal")


def check_take_off(allocation: Allocation, invoice: Invoice, *, confirmed: bool, actor: Actor) -> None:
    """Ask every guard of taking off; a paid invoice that becomes unpaid must be confirmed."""
    refuse_own(allocation.account, actor)
    check_still_on(allocation, invoice, confirmed=confirmed)


def check_still_on(allocation: Allocation, invoice: Invoice, *, confirmed: bool) -> None:
    """Ask the guards of the allocation and of its invoice."""
    if allocation.reverses_id or Allocation.objects.filter(reverses_id=allocation.pk).exists():
        raise AllocationReversed(invoice=str(invoice))
    if invoice.status == PAID and not confirmed:
        due = amount_text(invoice.amount_due + allocation.amount, invoice.currency)
        raise ConfirmUnpaid(invoice=str(invoice), amount=due, field="confirmed")


@transaction.atomic
def take_off(
    *,
    allocation: Allocation,
    reason: str,
    actor: Actor,
    now: datetime,
    key: str | None,
    keep: bool = True,
    confirmed: bool = False,
) -> Payment:
    """Take the money of one allocation off its invoice, with a reason; returns the payment.

    ``keep`` leaves the money on account, as automatic use would take it straight back.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    body = [str(allocation.pk), reason, keep, confirmed]
    again = idempotency.claim(actor=actor, operation="payments.take_off", key=key, body=body, now=now)
    if again:
        return Payment.objects.get(pk=allocation.payment_id)
    invoices = lock_invoices([allocation.invoice_id], marketplace_id=actor.marketplace_id)
    payment = lock_one(Payment.objects.filter(pk=allocation.payment_id, marketplace_id=actor.marketplace_id))
    check_take_off(allocation, invoices[allocation.invoice_id], confirmed=confirmed, actor=actor)
    told_of: dict[str, object] = {"allocation": str(allocation.pk), "keep": keep, "confirmed": confirmed}
    ask = Ask(
        kind=KIND, verb=TAKE_OFF, object_id=payment.pk, subject=str(allocation.pk), thing=str(payment), reason=reason,
        arguments=told_of,
    )  # fmt: skip
    ask_second(payment.account, actor, ask)
    locked = Locked(payment.account, invoices, {payment.pk: payment})
    take_off_locked(locked, [allocation], keep=keep, reason=reason, actor=actor, now=now)
    idempotency.remember(actor=actor, operation="payments.take_off", key=key, result={"payment_id": payment.pk})
    return payment


def take_off_locked(
    locked: Locked, allocations: Sequence[Allocation], *, keep: bool, reason: str, actor: Actor, now: datetime
) -> list[AllocationRow]:
    """Take off what one payment gave; guards were asked, and payment and invoices are locked."""
    day = max([posting_day(locked, now=now), *(row.posting_date for row in allocations)])
    moved = give_money_back(locked, allocations, reason=reason, actor=actor, now=now, day=day)
    [payment] = locked.payments.values()
    if keep and not payment.keep_on_account:
        payment.keep_on_account = True
        payment.save(update_fields=["keep_on_account"])
    post(
        account=locked.account, posting_date=day, verb=TAKEN_OFF, entries=allocate_entries(moved), actor=actor, now=now
    )
    note = payment_note(
        TAKEN_OFF, payment, note=reason, allocations=told(moved, locked.invoices),
        keep_on_account=payment.keep_on_account,
    )  # fmt: skip
    audit.record_many([note], actor=actor, now=now)
    publish_payment(TAKEN_OFF, payment, actor=actor, now=now, key=moved[0].id, moved=moved)
    return moved
