"""Ask the payment provider now how a charge stands, in place of waiting for the next look."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.actors import Actor
from core.errors import refusal_of
from core.locking import lock_one
from core.models import OutboxJob
from core.outbox import publish
from payments.domain.refusals import BeingAsked, NotByProvider, NotPending
from payments.domain.states import GATEWAY, PENDING
from payments.domain.wording import CHARGE_LOOK, CHARGE_MADE, CHARGE_REQUESTED, LOOKED
from payments.models import Payment
from payments.operations.charging import PERMISSION
from payments.operations.guards import LOOK_AFTER
from payments.operations.money_facts import payment_note

__all__ = ["PERMISSION", "ask_now", "check_ask", "may_ask"]


def may_ask(payment: Payment) -> bool:
    """Whether the provider can tell anything new of it; one that is being asked already is looked at all the same."""
    return refusal_of(_check_waits, payment) is None


def check_ask(payment: Payment) -> None:
    """Refuse what no provider moves, what has ended, and what is being asked right now."""
    _check_waits(payment)
    asking = OutboxJob.objects.open().filter(
        topic__in=(CHARGE_REQUESTED, CHARGE_MADE, CHARGE_LOOK), payload__payment_id=payment.pk
    )
    if asking.exists():
        raise BeingAsked(payment=str(payment))


def _check_waits(payment: Payment) -> None:
    if payment.channel != GATEWAY:
        raise NotByProvider(payment=str(payment))
    if payment.status != PENDING:
        raise NotPending(payment=str(payment), status=payment.get_status_display().lower())


@transaction.atomic
def ask_now(*, payment: Payment, actor: Actor, now: datetime) -> Payment:
    """Order a look at a pending charge; what the provider says is applied as ever."""
    payment = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
    check_ask(payment)
    payment.look_at = now + LOOK_AFTER
    payment.save(update_fields=["look_at"])
    audit.record_many([payment_note(LOOKED, payment)], actor=actor, now=now)
    publish(
        topic=CHARGE_LOOK, key=f"{payment.pk}:{now.isoformat()}", marketplace_id=payment.marketplace_id,
        payload={"payment_id": payment.pk}, now=now,
    )  # fmt: skip
    return payment
