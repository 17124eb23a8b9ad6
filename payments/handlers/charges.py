"""What is asked of a provider about one charge: made, then confirmed, and looked up whenever an answer was lost."""

from dataclasses import replace
from datetime import datetime, timedelta

from payments.gateway import connecting
from payments.gateway.errors import GatewayRefused, Misconfigured
from payments.gateway.protocol import (
    FORGETS_KEYS,
    FailureClass,
    Gateway,
    MethodKind,
    Outcome,
    State,
)
from payments.models import GatewayAccount, Payment
from payments.operations.charge_states import first_sent

LOOKS_FIRST = 2
"""After so many tries a call is preceded by a look: an answer may have been lost."""
WAITS_FOR_CUSTOMER = timedelta(hours=72)
"""A charge that waits longer for its customer is stopped."""
NEVER_MADE = "never_made"
"""The code of what a provider knows nothing of, when its key can no longer have an effect."""


def gateway_of(account: GatewayAccount) -> Gateway:
    """The provider's account, ready to be asked. Raises Misconfigured when its key is missing, or of another mode."""
    gateway = connecting.account(account.external_id)
    if gateway.is_live != account.is_live:
        raise Misconfigured(f"the key of {account.external_id} is not of the mode {account.mode}")
    return gateway


def make(payment: Payment, now: datetime, *, tries: int) -> Outcome | None:
    """Make the charge once; None when it was made already. ``tries`` counts the job's runs with this one."""
    if payment.provider_ref:
        return None
    gateway = _gateway(payment)
    if is_stale(payment.first_sent_at, now) or (payment.first_sent_at and tries > LOOKS_FIRST):
        found = _find(gateway, payment, now)
        if found is not None:
            return found
    first_sent(payment, now)
    try:
        return _create(gateway, payment)
    except GatewayRefused as refused:
        found = _find(gateway, payment, now)
        return found or _refused(payment, refused.code, refused.text)


def _create(gateway: Gateway, payment: Payment) -> Outcome:
    method = payment.method
    if method is None:
        raise RuntimeError(f"{payment} has no method to be charged")
    return gateway.create_charge(
        amount=payment.asked, currency=payment.currency, customer_ref=method.customer_ref,
        method_ref=method.method_ref, key=str(payment.key), kind=MethodKind(method.kind), description=str(payment),
    )  # fmt: skip


def confirm(payment: Payment, now: datetime) -> Outcome:
    """Let the money of a charge move, where that has not happened; one that nobody confirmed in time is stopped."""
    gateway, ref = _gateway(payment), _ref(payment)
    found = gateway.charge_state(ref)
    if found.state is State.CREATED and is_stale(payment.first_sent_at, now):
        return gateway.cancel_charge(ref, key=str(payment.key))
    if found.state is State.CREATED:
        found = _confirm(gateway, payment, ref)
    return _final(gateway, payment, found, now)


def _confirm(gateway: Gateway, payment: Payment, ref: str) -> Outcome:
    try:
        return gateway.confirm_charge(ref, key=str(payment.key))
    except GatewayRefused as refused:
        found = gateway.charge_state(ref)
        return found if found.state is not State.CREATED else _refused(payment, refused.code, refused.text, ref)


def look(payment: Payment, now: datetime) -> Outcome | None:
    """How a charge stands; None when the provider does not know it yet. What can have no effect any more has failed."""
    gateway = _gateway(payment)
    if not payment.provider_ref:
        return _find(gateway, payment, now) if payment.first_sent_at else None
    found = gateway.charge_state(payment.provider_ref)
    if found.state is State.CREATED and is_stale(payment.first_sent_at, now):
        return gateway.cancel_charge(payment.provider_ref, key=str(payment.key))
    return _final(gateway, payment, found, now)


def _find(gateway: Gateway, payment: Payment, now: datetime) -> Outcome | None:
    """The charge that has the row's key; failed when there is none, and the key can no longer make one."""
    method, first = payment.method, payment.first_sent_at or now
    customer = method.customer_ref if method else ""
    found = gateway.find_charge(customer_ref=customer, key=str(payment.key), after=first)
    if found is None and is_stale(payment.first_sent_at, now):
        return _refused(payment, NEVER_MADE, "")
    return found


def _final(gateway: Gateway, payment: Payment, found: Outcome, now: datetime) -> Outcome:
    """Make sure that what failed, or waits too long for the customer, moves nothing later: it is stopped there.

    When it is too late to stop it, that is how it stands.
    """
    waits = found.state is State.NEEDS_CUSTOMER and now - payment.requested_at > WAITS_FOR_CUSTOMER
    if found.state is not State.FAILED and not waits:
        return found
    return stopped(gateway, replace(found, ref=found.ref or _ref(payment)), str(payment.key))


def stopped(gateway: Gateway, found: Outcome, key: str) -> Outcome:
    """A charge once it was stopped: still what made it fail, or how it stands where that came too late."""
    then = gateway.cancel_charge(found.ref, key=key)
    return found if found.state is State.FAILED and then.state in {State.CANCELED, State.FAILED} else then


def _refused(payment: Payment, code: str, text: str, ref: str = "") -> Outcome:
    """A known failure of which no object tells."""
    return Outcome(
        state=State.FAILED, ref=ref, amount=payment.asked, currency=payment.currency,
        failure_class=FailureClass.TROUBLE, code=code, text=text,
    )  # fmt: skip


def is_stale(first_sent_at: datetime | None, now: datetime) -> bool:
    """Whether a key was sent so long ago that the provider may have forgotten it."""
    return first_sent_at is not None and now - first_sent_at > FORGETS_KEYS


def _gateway(payment: Payment) -> Gateway:
    if payment.gateway_account is None:
        raise RuntimeError(f"{payment} has no account at a provider")
    return gateway_of(payment.gateway_account)


def _ref(payment: Payment) -> str:
    if not payment.provider_ref:
        raise RuntimeError(f"{payment} was never made at its provider")
    return payment.provider_ref
