"""What is asked of a provider about one refund: sent once, and looked up whenever an answer was lost."""

from datetime import datetime

from payments.gateway.errors import GatewayRefused
from payments.gateway.protocol import Gateway, Outcome, State
from payments.handlers.charges import LOOKS_FIRST, NEVER_MADE, gateway_of, is_stale
from payments.models import Refund
from payments.operations.refund_states import first_refund_sent


def send(refund: Refund, now: datetime, *, tries: int) -> Outcome:
    """Have the money sent back. From the third try on, and when its key may be forgotten, a look comes first.

    A key that may be forgotten is never sent again: what the provider has nothing of by then has failed.
    """
    gateway, ref = _gateway(refund)
    if refund.provider_ref:
        return gateway.refund_state(refund.provider_ref)
    if is_stale(refund.first_sent_at, now) or (refund.first_sent_at and tries > LOOKS_FIRST):
        found = _find(gateway, refund, ref, now)
        if found is not None:
            return found
    first_refund_sent(refund, now)
    try:
        return gateway.refund(charge_ref=ref, amount=refund.amount, currency=refund.currency, key=str(refund.key))
    except GatewayRefused as refused:
        return _find(gateway, refund, ref, now) or _failed(refund, refused.code, refused.text)


def look(refund: Refund, now: datetime) -> Outcome | None:
    """How a refund stands; None when the provider does not know it yet."""
    gateway, ref = _gateway(refund)
    if refund.provider_ref:
        return gateway.refund_state(refund.provider_ref)
    return _find(gateway, refund, ref, now) if refund.first_sent_at else None


def _find(gateway: Gateway, refund: Refund, charge_ref: str, now: datetime) -> Outcome | None:
    """The refund that has the row's key; failed when there is none, and the key can no longer make one."""
    found = gateway.find_refund(charge_ref=charge_ref, key=str(refund.key))
    if found is None and is_stale(refund.first_sent_at, now):
        return _failed(refund, NEVER_MADE, "")
    return found


def _failed(refund: Refund, code: str, text: str) -> Outcome:
    return Outcome(
        state=State.FAILED, ref="", amount=refund.amount, currency=refund.currency, code=code, text=text
    )  # fmt: skip


def _gateway(refund: Refund) -> tuple[Gateway, str]:
    """The provider that brought the payment that bears it, and the payment's reference there."""
    payment = refund.payment
    if payment is None or payment.gateway_account is None or not payment.provider_ref:
        raise RuntimeError(f"refund {refund.pk} is borne by no payment of a provider")
    return gateway_of(payment.gateway_account), payment.provider_ref
