"""Stripe's objects in our words: every state that its library publishes is known, and amounts and dates are right."""

import typing
from datetime import UTC, date, datetime
from typing import Any

import pytest
import stripe

from payments.gateway import events, stripe_reading
from payments.gateway.declines import CODES
from payments.gateway.protocol import DisputeState, FailureClass, MethodKind, State
from payments.gateway.stripe_reading import charge_of, dispute_of, method_of, refund_of, setup_of


def literals(annotation: Any) -> set[str]:
    """All texts that an annotation names."""
    if typing.get_origin(annotation) is typing.Literal:
        return set(typing.get_args(annotation))
    return {text for inner in typing.get_args(annotation) for text in literals(inner)}


def published(thing: type, field: str) -> set[str]:
    return literals(thing.__annotations__[field])


def test_every_state_is_known() -> None:
    assert published(stripe.PaymentIntent, "status") == stripe_reading._CHARGES.keys()
    assert published(stripe.Dispute, "status") == stripe_reading._DISPUTES.keys()
    assert published(stripe.checkout.Session, "status") == stripe_reading._SETUPS.keys()


def test_every_event_that_we_watch_is_published() -> None:
    assert set(events.WATCHED) <= published(stripe.Event, "type")


def test_codes_of_errors_that_are_about_a_decline_are_known() -> None:
    known = {code for codes in CODES.values() for code in codes.split()}
    codes = published(stripe.PaymentIntent.LastPaymentError, "code")
    assert len(codes & known) > 30
    words = ("declin", "authentication", "insufficient", "expired_card", "cvc", "closed", "provider")
    ours = {"balance_insufficient"}  # About our own account there.
    assert {code for code in codes if any(word in code for word in words)} - known == ours


INTENT = {
    "id": "pi_1",
    "status": "succeeded",
    "amount": 119_00,
    "amount_received": 119_00,
    "currency": "eur",
    "created": 1_790_000_000,
    "customer": "cus_1",
    "payment_method": "pm_1",
    "metadata": {"offset": "key-1"},
    "last_payment_error": None,
    "next_action": None,
}


def intent(**values: Any) -> dict[str, Any]:
    return {**INTENT, **values}


@pytest.mark.parametrize(
    ("values", "state", "amount"),
    [
        ({}, State.SUCCEEDED, 119_00),
        ({"amount_received": 60_00}, State.SUCCEEDED, 60_00),
        ({"status": "processing", "amount_received": 0}, State.PENDING, 119_00),
        ({"status": "requires_confirmation", "amount_received": 0}, State.CREATED, 119_00),
        ({"status": "requires_payment_method", "amount_received": 0}, State.CREATED, 119_00),
        ({"status": "canceled", "amount_received": 0}, State.CANCELED, 119_00),
        ({"currency": "isk", "amount_received": 125_000}, State.SUCCEEDED, 1_250),
        ({"currency": "mga", "amount_received": 5}, State.SUCCEEDED, 5_00),
    ],
)
def test_charges(values: dict[str, Any], state: State, amount: int) -> None:
    found = charge_of(intent(**values))
    assert (found.state, found.amount) == (state, amount)
    assert (found.ref, found.key, found.customer_ref, found.method_ref) == ("pi_1", "key-1", "cus_1", "pm_1")
    assert found.created == datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)


def test_whole_objects_count_as_their_ids() -> None:
    found = charge_of(intent(customer={"id": "cus_2", "object": "customer"}, payment_method={"id": "pm_2"}))
    assert (found.customer_ref, found.method_ref) == ("cus_2", "pm_2")


def test_a_failed_attempt_names_its_method_and_the_networks_advice() -> None:
    error = {
        "code": "card_declined",
        "decline_code": "do_not_honor",
        "advice_code": "do_not_try_again",
        "message": "Your card was declined.",
        "payment_method": {"id": "pm_9"},
    }
    found = charge_of(intent(status="requires_payment_method", payment_method=None, last_payment_error=error))
    assert (found.state, found.code, found.failure_class) == (State.FAILED, "do_not_honor", FailureClass.HARD)
    assert (found.method_ref, found.text) == ("pm_9", "Your card was declined.")


def test_an_unknown_state_is_no_guess() -> None:
    with pytest.raises(KeyError):
        charge_of(intent(status="half_done"))


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"status": "pending", "pending_reason": "insufficient_funds"}, State.PENDING),
        ({"status": None}, State.PENDING),
        ({"status": "requires_action"}, State.NEEDS_CUSTOMER),
        ({"status": "succeeded"}, State.SUCCEEDED),
        ({"status": "failed", "failure_reason": "lost_or_stolen_card"}, State.FAILED),
        ({"status": "canceled"}, State.CANCELED),
    ],
)
def test_refunds(values: dict[str, Any], state: State) -> None:
    told = {
        "id": "re_1", "amount": 25_00, "currency": "eur", "created": 1_790_000_000, "payment_intent": "pi_1", "metadata": {}
    }  # fmt: skip
    found = refund_of({**told, **values})
    assert (found.state, found.amount, found.charge_ref, found.key) == (state, 25_00, "pi_1", "")
    assert found.code == values.get("failure_reason", "")
    assert found.pending_reason == values.get("pending_reason", "")


@pytest.mark.parametrize(
    ("told", "kind", "label", "expires"),
    [
        ({"type": "card", "card": {"brand": "amex", "last4": "8431", "exp_year": 2028, "exp_month": 2}},
         MethodKind.CARD, "American Express …8431", date(2028, 2, 29)),
        ({"type": "card", "card": {"brand": "eftpos_au", "last4": "1111", "exp_year": 2027, "exp_month": 12}},
         MethodKind.CARD, "Eftpos Au …1111", date(2027, 12, 31)),
        ({"type": "sepa_debit", "sepa_debit": {"last4": "3201"}}, MethodKind.SEPA_DEBIT, "SEPA …3201", None),
        ({"type": "us_bank_account", "us_bank_account": {"bank_name": "Stripe Test Bank", "last4": "6789"}},
         MethodKind.BANK_DEBIT, "Stripe Test Bank …6789", None),
        ({"type": "link", "link": {}}, MethodKind.OTHER, "Link", None),
    ],
)  # fmt: skip
def test_methods(told: dict[str, Any], kind: MethodKind, label: str, expires: date | None) -> None:
    found = method_of({"id": "pm_1", "customer": None, **told})
    assert (found.kind, found.label, found.expires, found.customer_ref) == (kind, label, expires, "")


def test_a_session_that_was_read_without_what_is_inside() -> None:
    found = setup_of({"id": "cs_1", "status": "expired", "url": None, "setup_intent": "seti_1", "metadata": None})
    assert (found.state, found.url, found.method, found.key) == (State.CANCELED, "", None, "")


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_closed", DisputeState.WITHDRAWN),
        ("prevented", DisputeState.WITHDRAWN),
        ("appeal_under_review", DisputeState.LOST),
        ("won", DisputeState.WON),
    ],
)
def test_disputes(status: str, state: DisputeState) -> None:
    told = {
        "id": "du_1", "amount": 5_000, "currency": "kwd", "created": 1_790_000_000, "payment_intent": "pi_1",
        "status": status, "reason": "fraudulent", "is_charge_refundable": False, "evidence_details": {"due_by": None},
    }  # fmt: skip
    found = dispute_of(told)
    assert (found.state, found.amount, found.currency, found.due_by) == (state, 5_000, "KWD", None)
