"""The adapter when the network or Stripe fails: what is known, and that the same key never moves money twice."""

import threading
from datetime import UTC, datetime

import pytest

from payments.gateway.connecting import connect
from payments.gateway.errors import Misconfigured, OutcomeUnknown
from payments.gateway.protocol import Gateway, Outcome, State
from payments.gateway.stripe_adapter import StripeGateway
from tests.support.smtp import free_port
from tests.support.standin import KEY, Standin, soon


@pytest.fixture
def gateway(standin: Standin) -> Gateway:
    return standin.gateway()


def made(gateway: Gateway, key: str, customer: str, amount: int = 100_00) -> Outcome:
    return gateway.create_charge(
        amount=amount, currency="EUR", customer_ref=customer, method_ref="pm_card_visa", key=key
    )


def paid(gateway: Gateway, key: str, customer: str, amount: int = 100_00) -> Outcome:
    return gateway.confirm_charge(made(gateway, key, customer, amount).ref, key=key)


def test_an_answer_that_is_lost_is_given_again(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    charge = paid(gateway, f"{key}-charge", customer)
    standin.fault("lost", "/v1/refunds")
    with pytest.raises(OutcomeUnknown):
        gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    again = gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    assert [each.ref for each in gateway.refunds(charge.ref)] == [again.ref]
    assert standin.books()[charge.ref] == {"received": 100_00, "refunded": 30_00, "disputed": 0}


def test_a_lost_answer_is_found_by_its_key(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    began = datetime.now(tz=UTC)
    standin.fault("lost", "/v1/payment_intents")
    with pytest.raises(OutcomeUnknown):
        made(gateway, key, customer)
    found = gateway.find_charge(customer_ref=customer, key=key, after=began)
    assert found is not None
    assert found.state is State.CREATED
    assert made(gateway, key, customer).ref == found.ref


def test_a_confirm_whose_answer_is_lost_is_settled_by_a_look(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    charge = made(gateway, key, customer)
    standin.fault("lost", "/v1/payment_intents/pi_[a-z0-9]+/confirm")
    with pytest.raises(OutcomeUnknown):
        gateway.confirm_charge(charge.ref, key=key)
    assert gateway.charge_state(charge.ref).state is State.SUCCEEDED


@pytest.mark.parametrize("kind", ["before", "limited"])
def test_what_was_not_begun_is_unknown_and_done_by_the_next_try(
    standin: Standin, gateway: Gateway, key: str, customer: str, kind: str
) -> None:
    charge = paid(gateway, f"{key}-charge", customer)
    standin.fault(kind, "/v1/refunds")
    with pytest.raises(OutcomeUnknown):
        gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    assert list(gateway.refunds(charge.ref)) == []
    assert gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key).state is State.SUCCEEDED
    assert len(gateway.refunds(charge.ref)) == 1


def test_a_500_after_the_effect_is_kept_for_the_key_and_found_by_a_look(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    charge = paid(gateway, f"{key}-charge", customer)
    standin.fault("after", "/v1/refunds")
    for _try in range(2):  # The second one is the answer that was kept: no other comes for this key.
        with pytest.raises(OutcomeUnknown):
            gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    found = gateway.find_refund(charge_ref=charge.ref, key=key)
    assert found is not None
    assert found.amount == 30_00
    assert standin.books()[charge.ref]["refunded"] == 30_00


def test_a_key_in_use_is_unknown(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    charge = paid(gateway, f"{key}-charge", customer)
    standin.fault("held", "/v1/refunds")
    done: list[Outcome] = []

    def first() -> None:
        done.append(gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key))

    running = threading.Thread(target=first)
    running.start()
    assert soon(lambda: standin.read("/_faults").get("held") == 1)
    with pytest.raises(OutcomeUnknown, match="in-progress"):
        standin.gateway().refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    standin.calm()
    running.join()
    assert [each.ref for each in gateway.refunds(charge.ref)] == [done[0].ref]


def test_after_25_hours_the_key_is_forgotten(standin: Standin, gateway: Gateway, key: str, customer: str) -> None:
    """Why a job that is run again later looks first: the same key would refund a second time."""
    charge = paid(gateway, f"{key}-charge", customer)
    first = gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    standin.advance(23 * 3600)
    assert gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key).ref == first.ref
    standin.advance(2 * 3600)
    found = gateway.find_refund(charge_ref=charge.ref, key=key)
    assert found is not None
    assert found.ref == first.ref
    second = gateway.refund(charge_ref=charge.ref, amount=30_00, currency="EUR", key=key)
    assert second.ref != first.ref
    assert standin.books()[charge.ref]["refunded"] == 60_00


def test_nobody_there_is_unknown(key: str) -> None:
    alone = connect(KEY, base_address=f"http://127.0.0.1:{free_port()}")
    with pytest.raises(OutcomeUnknown):
        alone.refund_state("re_1")


def test_a_wrong_key_of_the_account_is_configuration(standin: Standin, key: str) -> None:
    wrong = connect("sk_test_wrong", base_address=standin.address)
    with pytest.raises(Misconfigured, match="Invalid API Key"):
        wrong.create_customer(key=key, name="Ada", email="ada@example.com")


def test_the_mode_is_that_of_the_key() -> None:
    assert not StripeGateway("sk_test_1").is_live
    assert StripeGateway("sk_live_1").is_live
    assert StripeGateway("rk_live_1").is_live


def test_16_threads_never_refund_more_than_there_is(
    standin: Standin, gateway: Gateway, key: str, customer: str
) -> None:
    charge = paid(gateway, f"{key}-charge", customer)
    barrier = threading.Barrier(16)
    refused: list[Exception] = []

    def refund(number: int) -> None:
        barrier.wait()
        try:
            gateway.refund(charge_ref=charge.ref, amount=15_00, currency="EUR", key=f"{key}-{number}")
        except Exception as error:  # noqa: BLE001 - counted below
            refused.append(error)

    threads = [threading.Thread(target=refund, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 10
    assert standin.books()[charge.ref]["refunded"] == 90_00
