"""What a dispute at the provider does: while it is open it marks its payment; one that is lost takes the money back."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from core.actors import provider
from core.errors import Refusal
from payments.domain.states import DISPUTED
from payments.gateway.protocol import Dispute, DisputeState
from payments.models import Payment, PaymentReturn
from payments.operations.returning import return_payment

OPEN = {DisputeState.INQUIRY, DisputeState.OPEN, DisputeState.UNDER_REVIEW}


@transaction.atomic
def apply_dispute(own: QuerySet[Payment], dispute: Dispute, *, now: datetime) -> bool:
    """Apply how a dispute stands; whether its payment is one of ``own``, those of the provider's account.

    While it is open it posts nothing, and nothing goes back of the payment. A lost one is recorded as a return, once;
    where that does not fit what is left, the mark stays for a person.
    """
    payment = own.filter(provider_ref=dispute.charge_ref).first() if dispute.charge_ref else None
    if payment is None:
        return False
    if dispute.state in OPEN:
        _mark(payment, DISPUTED)
    elif dispute.state is not DisputeState.LOST or _returned(payment, dispute, now):
        _mark(payment, "")
    else:
        _mark(payment, DISPUTED)
    return True


def _mark(payment: Payment, attention: str) -> None:
    rows = Payment.objects.filter(pk=payment.pk)
    rows.update(attention=attention) if attention else rows.filter(attention=DISPUTED).update(attention="")


def _returned(payment: Payment, dispute: Dispute, now: datetime) -> bool:
    """Whether the money that a lost dispute took is recorded now."""
    if PaymentReturn.objects.filter(provider_ref=dispute.ref).exists():
        return True
    if dispute.currency != payment.currency:
        return False
    try:
        with transaction.atomic():
            return_payment(
                payment=payment, amount=dispute.amount, reason=PaymentReturn.Reason.DISPUTE,
                value_date=payment.account.marketplace.today(now), note=dispute.reason,
                actor=provider(payment.marketplace_id), now=now, key=None, provider_ref=dispute.ref,
            )  # fmt: skip
    except Refusal:
        return False
    return True
