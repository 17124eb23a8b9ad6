"""Stripe's objects in our words (pure: plain dictionaries in, the protocol's classes out)."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from payments.gateway.amounts import from_provider
from payments.gateway.declines import class_of
from payments.gateway.events import key_of
from payments.gateway.protocol import (
    Dispute,
    DisputeState,
    FailureClass,
    MethodKind,
    Outcome,
    SavedMethod,
    Setup,
    State,
)

Told = Mapping[str, Any]

_CHARGES: Final = {
    "requires_payment_method": State.CREATED,
    "requires_confirmation": State.CREATED,
    "requires_action": State.NEEDS_CUSTOMER,
    "processing": State.PENDING,
    "requires_capture": State.PENDING,
    "succeeded": State.SUCCEEDED,
    "canceled": State.CANCELED,
}
_REFUNDS: Final = {
    "pending": State.PENDING,
    "requires_action": State.NEEDS_CUSTOMER,
    "succeeded": State.SUCCEEDED,
    "failed": State.FAILED,
    "canceled": State.CANCELED,
}
_SETUPS: Final = {"open": State.NEEDS_CUSTOMER, "complete": State.SUCCEEDED, "expired": State.CANCELED}
_DISPUTES: Final = {
    "warning_needs_response": DisputeState.INQUIRY,
    "warning_under_review": DisputeState.INQUIRY,
    "warning_closed": DisputeState.WITHDRAWN,
    "prevented": DisputeState.WITHDRAWN,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.UNDER_REVIEW,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    "appeal_needs_response": DisputeState.LOST,  # The money is gone; an appeal that helps ends as won.
    "appeal_under_review": DisputeState.LOST,
}
_BRANDS: Final = {
    "amex": "American Express",
    "cartes_bancaires": "Cartes Bancaires",
    "diners": "Diners Club",
    "discover": "Discover",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "unionpay": "UnionPay",
    "visa": "Visa",
}


def charge_of(told: Told) -> Outcome:
    """How a payment intent stands.

    One that waits for another method after an attempt has FAILED; where the bank only wants the customer it is
    NEEDS_CUSTOMER, because the same charge can still be confirmed with them present.
    """
    state = _CHARGES[told["status"]]
    error = told.get("last_payment_error") or {}
    code = str(error.get("decline_code") or error.get("code") or "")
    failure = FailureClass.NONE
    if error:
        failure = class_of(code, str(error.get("advice_code") or ""))
    if state is State.CREATED and error:
        state = State.NEEDS_CUSTOMER if code == "authentication_required" else State.FAILED
    action = told.get("next_action") or {}
    moved = told["amount_received"] if state is State.SUCCEEDED else told["amount"]
    currency = told["currency"].upper()
    return Outcome(
        state=state,
        ref=told["id"],
        amount=from_provider(moved, currency),
        currency=currency,
        key=key_of(told),
        failure_class=failure,
        code=code,
        text=str(error.get("message") or ""),
        url=str((action.get("redirect_to_url") or {}).get("url") or ""),
        charge_ref=told["id"],
        customer_ref=reference(told.get("customer")),
        method_ref=reference(told.get("payment_method")) or reference(error.get("payment_method")),
        created=moment(told["created"]),
    )


def refund_of(told: Told) -> Outcome:
    """How a refund stands."""
    currency = told["currency"].upper()
    return Outcome(
        state=_REFUNDS[told.get("status") or "pending"],
        ref=told["id"],
        amount=from_provider(told["amount"], currency),
        currency=currency,
        key=key_of(told),
        code=str(told.get("failure_reason") or ""),
        charge_ref=reference(told.get("payment_intent")),
        pending_reason=str(told.get("pending_reason") or ""),
        created=moment(told["created"]),
    )


def method_of(told: Told) -> SavedMethod:
    """A payment method."""
    kind = MethodKind(told["type"]) if told["type"] in set(MethodKind) else MethodKind.OTHER
    own = told.get(told["type"]) or {}
    return SavedMethod(
        ref=told["id"],
        kind=kind,
        brand=_brand(told["type"], own),
        last4=str(own.get("last4") or ""),
        expires=_last_day(own.get("exp_year"), own.get("exp_month")),
        fingerprint=str(own.get("fingerprint") or ""),
        customer_ref=reference(told.get("customer")),
        country=str(own.get("country") or ""),
    )


def _brand(kind: str, own: Told) -> str:
    """What people call a method of this kind."""
    if kind == MethodKind.CARD:
        brand = str(own.get("brand") or "")
        return _BRANDS.get(brand, brand.replace("_", " ").title() or "Card")
    if kind == MethodKind.SEPA_DEBIT:
        return "SEPA"
    return str(own.get("bank_name") or kind.replace("_", " ").capitalize())


def _last_day(year: int | None, month: int | None) -> date | None:
    """The last day on which a card works."""
    return date(year, month, monthrange(year, month)[1]) if year and month else None


def setup_of(told: Told) -> Setup:
    """A checkout session in set-up mode, with its set-up intent and that one's method expanded once it is complete."""
    intent = told.get("setup_intent")
    inner = intent if isinstance(intent, Mapping) else {}
    method = inner.get("payment_method")
    error = inner.get("last_setup_error") or {}
    return Setup(
        state=_SETUPS[told["status"]],
        ref=told["id"],
        url=str(told.get("url") or ""),
        customer_ref=reference(told.get("customer")),
        method=method_of(method) if isinstance(method, Mapping) else None,
        key=key_of(told),
        text=str(error.get("message") or ""),
    )


def dispute_of(told: Told) -> Dispute:
    """A dispute."""
    currency = told["currency"].upper()
    due = (told.get("evidence_details") or {}).get("due_by")
    return Dispute(
        ref=told["id"],
        charge_ref=reference(told.get("payment_intent")),
        state=_DISPUTES[told["status"]],
        amount=from_provider(told["amount"], currency),
        currency=currency,
        reason=told["reason"],
        due_by=moment(due) if due else None,
        is_refundable=told["is_charge_refundable"],
        created=moment(told["created"]),
    )


def reference(value: object) -> str:
    """An id, whether it came alone or with the whole object."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) else ""


def moment(seconds: int) -> datetime:
    """Stripe's seconds as a moment."""
    return datetime.fromtimestamp(seconds, tz=UTC)
