"""What a provider says became of a charge, applied to its row once and in one direction, however often it is told."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core import audit
from core.actors import provider
from core.locking import lock_one
from payments.domain.states import DIFFERS, FAILED, LATE, NEEDS_CUSTOMER, PENDING, UNKNOWN
from payments.domain.wording import ARRIVED, CHARGE_MADE
from payments.domain.wording import FAILED as FAILED_EVENT
from payments.gateway.declines import words_of
from payments.gateway.protocol import Outcome, State
from payments.models import Payment
from payments.operations.guards import lock_invoices
from payments.operations.money_facts import payment_note, publish_payment
from payments.operations.money_rows import Locked
from payments.operations.receiving import receive
from payments.operations.settling import as_far

ENDED = {State.FAILED, State.CANCELED}
_MARKS = ["attention", "provider_ref"]


def first_sent(payment: Payment, now: datetime) -> None:
    """Write down, before the provider is asked for the first time, that it is now: its key is good from here."""
    Payment.objects.filter(pk=payment.pk, first_sent_at__isnull=True).update(first_sent_at=now)


@transaction.atomic
def settle_charge(payment_id: int, outcome: Outcome, *, now: datetime) -> Payment:
    """Apply how a charge stands at the provider; what is older than what the row says is ignored.

    Succeeded: the money that moved goes to the invoices that it was meant for, as far as they still need it, also of a
    charge that had failed. Less than asked is booked and marked; more, or another currency, is only marked.
    """
    found = Payment.objects.get(pk=payment_id)
    intended = [(row.invoice_id, row.amount) for row in found.intended.order_by("pk")]
    invoices = lock_invoices([pk for pk, _amount in intended], marketplace_id=found.marketplace_id)
    payment = lock_one(Payment.objects.filter(pk=payment_id, marketplace_id=found.marketplace_id))
    payment.provider_ref = payment.provider_ref or outcome.ref or None
    if outcome.state is State.SUCCEEDED and payment.status in (PENDING, FAILED):
        _succeed(payment, Locked(payment.account, invoices, {}), intended, outcome, now)
    elif payment.status == PENDING and outcome.state in ENDED:
        _fail(payment, outcome, now)
    else:
        _note(payment, outcome, now)
    return payment


def _succeed(
    payment: Payment, locked: Locked, intended: Sequence[tuple[int, int]], outcome: Outcome, now: datetime
) -> None:
    actor = provider(payment.marketplace_id)
    if outcome.currency != payment.currency or not 0 < outcome.amount <= payment.asked:
        payment.attention = DIFFERS
        payment.save(update_fields=_MARKS)
        return
    was_pending = payment.status == PENDING
    payment.attention = ("" if was_pending else LATE) if outcome.amount == payment.asked else DIFFERS
    payment.value_date = payment.account.marketplace.today(now)
    if was_pending:  # As the trigger does once the payment is no longer pending.
        for invoice_id, own in intended:
            locked.invoices[invoice_id].payment_pending -= own
    receive(
        payment, locked, as_far(intended, locked, outcome.amount), amount=outcome.amount, actor=actor, now=now,
        told_as=ARRIVED,
    )  # fmt: skip


def _fail(payment: Payment, outcome: Outcome, now: datetime) -> None:
    actor = provider(payment.marketplace_id)
    payment.failed_at, payment.attention = now, ""
    payment.failure_class, payment.failure_code, payment.failure_text = (
        outcome.failure_class, outcome.code[:80], outcome.text,
    )  # fmt: skip
    payment.fail()
    payment.save(update_fields=[*_MARKS, "failed_at", "failure_class", "failure_code", "failure_text", "status"])
    why = str(words_of(outcome.code).finance)
    audit.record_many([payment_note(FAILED_EVENT, payment, note=why, amount=payment.asked)], actor=actor, now=now)
    publish_payment(FAILED_EVENT, payment, actor=actor, now=now, key=payment.pk)


def _note(payment: Payment, outcome: Outcome, now: datetime) -> None:
    """Nothing moved: remember its reference, and whether the customer is waited for; let it be confirmed once made."""
    if payment.status == PENDING and outcome.state is State.NEEDS_CUSTOMER:
        payment.attention = NEEDS_CUSTOMER
    elif payment.status == PENDING and payment.attention in (UNKNOWN, NEEDS_CUSTOMER):
        payment.attention = ""
    payment.save(update_fields=_MARKS)
    if payment.status == PENDING and outcome.state is State.CREATED and payment.provider_ref:
        publish_payment(CHARGE_MADE, payment, actor=provider(payment.marketplace_id), now=now, key=payment.pk)


def charge_unknown(payment_id: int) -> None:
    """Mark a charge of which nobody could find out what became of it; it stays pending, and is looked up again."""
    Payment.objects.filter(pk=payment_id, status=PENDING).update(attention=UNKNOWN)
