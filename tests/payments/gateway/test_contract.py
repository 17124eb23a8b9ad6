"""What the adapter says of Stripe, tried over HTTP with Stripe's own library.

Each test runs at our stand-in, and the same at Stripe's test mode when `OFFSET_STRIPE_TEST_KEY` holds a key of it. So
nothing here uses what only the stand-in has.
"""

from datetime import UTC, datetime, timedelta

import pytest

from payments.gateway.errors import GatewayRefused, KeyMisused, NotFound
from payments.gateway.protocol import EventKind, FailureClass, Gateway, MethodKind, Outcome, State


def charged(
    gateway: Gateway,
    key: str,
    customer: str,
    *,
    amount: int = 119_00,
    method: str = "pm_card_visa",
    currency: str = "EUR",
) -> Outcome:
    """A charge that was made and confirmed while the customer was absent."""
    made = gateway.create_charge(
        amount=amount, currency=currency, customer_ref=customer, method_ref=method, key=key, description="INV-1"
    )
    assert made.state is State.CREATED
    return gateway.confirm_charge(made.ref, key=key)


def test_a_charge_moves_nothing_until_it_is_confirmed(gateway: Gateway, key: str, customer: str) -> None:
    made = gateway.create_charge(
        amount=119_00, currency="EUR", customer_ref=customer, method_ref="pm_card_visa", key=key, description="INV-1"
    )
    assert (made.state, made.amount, made.currency) == (State.CREATED, 119_00, "EUR")
    assert (made.key, made.customer_ref, made.charge_ref) == (key, customer, made.ref)
    assert made.ref.startswith("pi_")
    assert not made.failure_class
    moved = gateway.confirm_charge(made.ref, key=key)
    assert (moved.state, moved.ref, moved.amount) == (State.SUCCEEDED, made.ref, 119_00)
    assert gateway.charge_state(made.ref).state is State.SUCCEEDED


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", 119_00), ("JPY", 5_000), ("KWD", 5_230), ("ISK", 1_250), ("UGX", 20_000)]
)
def test_amounts_come_back_as_they_went(gateway: Gateway, key: str, customer: str, currency: str, amount: int) -> None:
    moved = charged(gateway, key, customer, amount=amount, currency=currency)
    assert (moved.state, moved.amount, moved.currency) == (State.SUCCEEDED, amount, currency)


def test_the_same_key_charges_once(gateway: Gateway, key: str, customer: str) -> None:
    first = charged(gateway, key, customer)
    assert charged(gateway, key, customer).ref == first.ref


def test_the_same_key_with_another_amount_is_our_defect(gateway: Gateway, key: str, customer: str) -> None:
    charged(gateway, key, customer, amount=10_00)
    with pytest.raises(KeyMisused):
        charged(gateway, key, customer, amount=11_00)


def test_equal_charges_with_keys_of_their_own_are_two(gateway: Gateway, key: str, customer: str) -> None:
    assert charged(gateway, f"{key}-a", customer).ref != charged(gateway, f"{key}-b", customer).ref


def test_a_charge_is_found_by_its_key(gateway: Gateway, key: str, customer: str) -> None:
    asked_at = datetime.now(tz=UTC)
    made = charged(gateway, key, customer)
    charged(gateway, f"{key}-other", customer)
    found = gateway.find_charge(customer_ref=customer, key=key, after=asked_at)
    assert found is not None
    assert (found.ref, found.state) == (made.ref, State.SUCCEEDED)
    assert gateway.find_charge(customer_ref=customer, key=f"{key}-never", after=asked_at) is None


@pytest.mark.parametrize(
    ("method", "code", "failure"),
    [
        ("pm_card_visa_chargeDeclined", "generic_decline", FailureClass.SOFT),
        ("pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds", FailureClass.SOFT),
        ("pm_card_visa_chargeDeclinedLostCard", "lost_card", FailureClass.HARD),
        ("pm_card_visa_chargeDeclinedStolenCard", "stolen_card", FailureClass.HARD),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", FailureClass.HARD),
        ("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", FailureClass.HARD),
        ("pm_card_chargeDeclinedProcessingError", "processing_error", FailureClass.TROUBLE),
    ],
)
def test_a_decline_is_an_outcome(
    gateway: Gateway, key: str, customer: str, method: str, code: str, failure: FailureClass
) -> None:
    failed = charged(gateway, key, customer, method=method)
    assert (failed.state, failed.code, failed.failure_class) == (State.FAILED, code, failure)
    assert failed.text.endswith(".")
    again = gateway.charge_state(failed.ref)
    assert (again.state, again.code, again.failure_class) == (State.FAILED, code, failure)


def test_a_declined_charge_is_cancelled_before_another_try(gateway: Gateway, key: str, customer: str) -> None:
    failed = charged(gateway, key, customer, method="pm_card_visa_chargeDeclined")
    assert gateway.cancel_charge(failed.ref, key=key).state is State.CANCELED
    assert gateway.charge_state(failed.ref).state is State.CANCELED
    assert gateway.cancel_charge(failed.ref, key=f"{key}-again").state is State.CANCELED


def test_cancelling_too_late_tells_that_it_succeeded(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, key, customer)
    late = gateway.cancel_charge(moved.ref, key=key)
    assert (late.state, late.amount) == (State.SUCCEEDED, 119_00)


def test_confirming_once_more_tells_that_it_succeeded(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, key, customer)
    assert gateway.confirm_charge(moved.ref, key=f"{key}-again").state is State.SUCCEEDED


def test_a_bank_that_wants_the_customer_is_answered_with_them(gateway: Gateway, key: str, customer: str) -> None:
    absent = charged(gateway, key, customer, method="pm_card_authenticationRequired")
    assert (absent.state, absent.code) == (State.NEEDS_CUSTOMER, "authentication_required")
    assert (absent.failure_class, absent.url) == (FailureClass.NEEDS_CUSTOMER, "")
    assert absent.method_ref.startswith("pm_")
    present = gateway.confirm_charge(
        absent.ref, key=key, return_url="https://shop.example/back", method_ref="pm_card_authenticationRequired"
    )
    assert (present.state, present.ref) == (State.NEEDS_CUSTOMER, absent.ref)
    assert present.url.startswith("http")
    assert gateway.cancel_charge(present.ref, key=key).state is State.CANCELED


def test_parts_are_given_back_and_never_more_than_there_was(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, key, customer, amount=100_00)
    first = gateway.refund(charge_ref=moved.ref, amount=60_00, currency="EUR", key=f"{key}-1")
    assert (first.state, first.amount, first.key) == (State.SUCCEEDED, 60_00, f"{key}-1")
    assert (first.charge_ref, first.currency) == (moved.ref, "EUR")
    with pytest.raises(GatewayRefused):
        gateway.refund(charge_ref=moved.ref, amount=40_01, currency="EUR", key=f"{key}-2")
    second = gateway.refund(charge_ref=moved.ref, amount=40_00, currency="EUR", key=f"{key}-3")
    assert [each.ref for each in gateway.refunds(moved.ref)] == [first.ref, second.ref]
    with pytest.raises(GatewayRefused) as refused:
        gateway.refund(charge_ref=moved.ref, amount=1, currency="EUR", key=f"{key}-4")
    assert refused.value.code == "charge_already_refunded"


def test_the_same_key_refunds_once(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, f"{key}-charge", customer)
    first = gateway.refund(charge_ref=moved.ref, amount=10_00, currency="EUR", key=key, reason="requested_by_customer")
    again = gateway.refund(charge_ref=moved.ref, amount=10_00, currency="EUR", key=key, reason="requested_by_customer")
    assert again.ref == first.ref
    with pytest.raises(KeyMisused):
        gateway.refund(charge_ref=moved.ref, amount=11_00, currency="EUR", key=key)
    assert len(gateway.refunds(moved.ref)) == 1


def test_a_refund_is_found_by_its_key(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, f"{key}-charge", customer)
    made = gateway.refund(charge_ref=moved.ref, amount=10_00, currency="EUR", key=key)
    found = gateway.find_refund(charge_ref=moved.ref, key=key)
    assert found is not None
    assert found.ref == made.ref
    assert gateway.find_refund(charge_ref=moved.ref, key=f"{key}-never") is None
    assert gateway.refund_state(made.ref).amount == 10_00


def test_a_slow_refund_is_pending(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, f"{key}-charge", customer, method="pm_card_pendingRefund")
    refund = gateway.refund(charge_ref=moved.ref, amount=10_00, currency="EUR", key=key)
    assert refund.state is State.PENDING


def test_a_refund_that_is_on_its_way_is_not_cancelled(gateway: Gateway, key: str, customer: str) -> None:
    moved = charged(gateway, f"{key}-charge", customer)
    refund = gateway.refund(charge_ref=moved.ref, amount=10_00, currency="EUR", key=key)
    with pytest.raises(GatewayRefused):
        gateway.cancel_refund(refund.ref, key=key)


def test_what_was_not_charged_is_not_refunded(gateway: Gateway, key: str, customer: str) -> None:
    failed = charged(gateway, f"{key}-charge", customer, method="pm_card_visa_chargeDeclined")
    with pytest.raises(GatewayRefused):
        gateway.refund(charge_ref=failed.ref, amount=10_00, currency="EUR", key=key)


def test_set_up_begins_on_a_page_of_the_provider(gateway: Gateway, key: str, customer: str) -> None:
    begun = gateway.start_setup(
        customer_ref=customer,
        currency="EUR",
        key=key,
        done_url="https://shop.example/done",
        cancel_url="https://shop.example/back",
    )
    assert begun.state is State.NEEDS_CUSTOMER
    assert begun.url.startswith("http")
    again = gateway.setup_state(begun.ref)
    assert (again.state, again.key, again.customer_ref, again.method) == (State.NEEDS_CUSTOMER, key, customer, None)


def test_a_customer_without_methods_has_none(gateway: Gateway, customer: str) -> None:
    assert list(gateway.methods(customer)) == []


@pytest.mark.parametrize("amount", [1, 49])
def test_an_amount_that_is_too_small_is_refused(gateway: Gateway, key: str, customer: str, amount: int) -> None:
    with pytest.raises(GatewayRefused) as refused:
        charged(gateway, key, customer, amount=amount)
    assert refused.value.code == "amount_too_small"


def test_an_amount_that_is_too_large_is_refused(gateway: Gateway, key: str, customer: str) -> None:
    with pytest.raises(GatewayRefused) as refused:
        charged(gateway, key, customer, amount=1_000_000_00)
    assert refused.value.code == "amount_too_large"


def test_a_method_of_another_kind_is_refused(gateway: Gateway, key: str, customer: str) -> None:
    with pytest.raises(GatewayRefused):
        gateway.create_charge(
            amount=10_00,
            currency="EUR",
            customer_ref=customer,
            method_ref="pm_card_visa",
            key=key,
            kind=MethodKind.SEPA_DEBIT,
        )


@pytest.mark.parametrize("read", ["charge_state", "refund_state", "dispute_state", "setup_state", "method"])
def test_what_does_not_exist_is_a_wrong_account_and_no_failure(gateway: Gateway, read: str) -> None:
    with pytest.raises(NotFound):
        getattr(gateway, read)("xx_123456789012345678901234")


def test_events_tell_what_changed_oldest_first(gateway: Gateway, key: str, customer: str) -> None:
    began = datetime.now(tz=UTC) - timedelta(seconds=2)
    moved = charged(gateway, f"{key}-charge", customer)
    refund = gateway.refund(charge_ref=moved.ref, amount=10_00, currency="EUR", key=key)
    told = list(gateway.events_since("", after=began))
    mine = [event for event in told if event.charge_ref == moved.ref]
    assert [event.kind for event in mine if event.type == "payment_intent.succeeded"] == [EventKind.CHARGE]
    created = next(event for event in mine if event.type == "refund.created")
    assert (created.kind, created.object_ref, created.key) == (EventKind.REFUND, refund.ref, key)
    assert not created.is_live
    succeeded = next(event for event in mine if event.type == "payment_intent.succeeded")
    assert mine.index(succeeded) < mine.index(created)
    later = list(gateway.events_since(succeeded.ref, after=began))
    assert created in later
    assert succeeded not in later
    about = gateway.event_object(created)
    assert isinstance(about, Outcome)
    assert (about.ref, about.state) == (refund.ref, State.SUCCEEDED)


def test_an_unknown_event_begins_at_the_moment(gateway: Gateway, key: str, customer: str) -> None:
    began = datetime.now(tz=UTC) - timedelta(seconds=2)
    moved = charged(gateway, key, customer)
    told = list(gateway.events_since("evt_123456789012345678901234", after=began))
    assert moved.ref in {event.charge_ref for event in told}
