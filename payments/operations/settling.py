"""What becomes of a pending payment: it succeeded, or it failed."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from companies.operations.own_company import Ask
from core import audit
from core.actors import Actor
from core.checks import amount_problem, check_text
from core.errors import InvalidInput, refusal_of
from core.locking import lock_one
from payments.domain.refusals import NotByHand, NotPending
from payments.domain.states import GATEWAY, PENDING
from payments.domain.wording import ARRIVED, FAILED, KIND
from payments.models import Payment
from payments.operations.guards import ask_second, check_value_date, lock_invoices, refuse_own, room_of
from payments.operations.money_facts import payment_note, publish_payment
from payments.operations.money_rows import Locked
from payments.operations.receiving import PERMISSION, receive

SETTLE, FAIL = "settle", "fail"
LONGEST_WHY = 1000

__all__ = ["FAIL", "PERMISSION", "SETTLE", "check_settle", "fail_payment", "may_settle", "settle_payment"]


def may_settle(payment: Payment) -> bool:
    """Whether people say what became of it."""
    return refusal_of(check_pending, payment) is None


def check_pending(payment: Payment) -> None:
    """Refuse what ended already, and what a payment provider settles."""
    if payment.status != PENDING:
        raise NotPending(payment=str(payment), status=payment.get_status_display().lower())
    if payment.channel == GATEWAY:
        raise NotByHand(payment=str(payment))


def check_settle(payment: Payment, *, actor: Actor) -> None:
    """Ask every guard of saying that a payment succeeded or failed."""
    refuse_own(payment.account, actor)
    check_pending(payment)


@transaction.atomic
def settle_payment(*, payment: Payment, amount: int, value_date: date, actor: Actor, now: datetime) -> Payment:
    """The money of a pending payment arrived, ``amount`` minor units of it on ``value_date``.

    It goes to the invoices that it was meant for, as far as they still need it; the rest is on account.
    """
    intended = [(row.invoice_id, row.amount) for row in payment.intended.order_by("pk")]
    invoices = lock_invoices([pk for pk, _amount in intended], marketplace_id=actor.marketplace_id)
    payment = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
    check_settle(payment, actor=actor)
    if problem := amount_problem(amount, currency=payment.currency):
        raise InvalidInput(problem, field="amount")
    check_value_date(value_date, payment.account, now=now)
    told: dict[str, object] = {"amount": amount, "value_date": value_date.isoformat()}
    ask = Ask(kind=KIND, verb=SETTLE, object_id=payment.pk, thing=str(payment), arguments=told)
    ask_second(payment.account, actor, ask)
    payment.value_date = value_date
    locked = Locked(payment.account, invoices, {})
    for invoice_id, own in intended:  # As the trigger does once the payment is no longer pending.
        invoices[invoice_id].payment_pending -= own
    receive(payment, locked, as_far(intended, locked, amount), amount=amount, actor=actor, now=now, told_as=ARRIVED)
    return payment


def as_far(intended: Sequence[tuple[int, int]], locked: Locked, amount: int) -> list[tuple[int, int]]:
    """What each invoice still needs of what was meant for it, in the order of the intentions."""
    wanted = []
    for invoice_id, own in intended:
        use = min(own, amount, room_of(locked.invoices[invoice_id]))
        if use > 0:
            wanted.append((invoice_id, use))
            amount -= use
    return wanted


@transaction.atomic
def fail_payment(*, payment: Payment, why: str, actor: Actor, now: datetime) -> Payment:
    """A pending payment will not come: its invoices no longer wait for it. ``why`` is kept with it."""
    why = check_text(why, longest=LONGEST_WHY, field="why", required=True)
    lock_invoices(list(payment.intended.values_list("invoice_id", flat=True)), marketplace_id=actor.marketplace_id)
    payment = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
    check_settle(payment, actor=actor)
    ask_second(payment.account, actor, Ask(kind=KIND, verb=FAIL, object_id=payment.pk, thing=str(payment), reason=why))
    payment.failed_at, payment.failure_text = now, why
    payment.fail()
    payment.save(update_fields=["failed_at", "failure_text", "status"])
    audit.record_many([payment_note(FAILED, payment, note=why, amount=payment.asked)], actor=actor, now=now)
    publish_payment(FAILED, payment, actor=actor, now=now, key=payment.pk)
    return payment
