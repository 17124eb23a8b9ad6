"""Row first, one key, look before you ask again: under faults nothing moves twice and nothing is lost.

The control is the usual way, which takes a new key for each try: the same faults make it refund twice. It shows that
the stand-in's faults are sharp; what the product does about them on its outbox is tested with its operations.
"""

import pytest

from payments.gateway.errors import OutcomeUnknown
from payments.gateway.protocol import Gateway, Outcome, State
from tests.support.standin import Standin, running

pytestmark = pytest.mark.slow  # Each starts a process.

REFUNDS = 40
EACH = 2_00
TRIES = 25
RATES = {"lost": 0.15, "before": 0.10, "after": 0.05, "limited": 0.05}


def ask_once_by_key(gateway: Gateway, charge: str, key: str) -> Outcome:
    """The same key each time; from the third try on a look comes first."""
    for number in range(TRIES):
        found = gateway.find_refund(charge_ref=charge, key=key) if number > 1 else None
        if found is not None:
            return found
        try:
            return gateway.refund(charge_ref=charge, amount=EACH, currency="EUR", key=key)
        except OutcomeUnknown:
            continue
    pytest.fail(f"{key} was never answered")


def ask_again_with_another_key(gateway: Gateway, charge: str, key: str) -> Outcome:
    """The usual way: whatever goes wrong, ask anew."""
    for number in range(TRIES):
        try:
            return gateway.refund(charge_ref=charge, amount=EACH, currency="EUR", key=f"{key}-{number}")
        except OutcomeUnknown:
            continue
    pytest.fail(f"{key} was never answered")


def charge_for_all(standin: Standin, gateway: Gateway, key: str) -> str:
    customer = gateway.create_customer(key=f"{key}-customer", name="Ada", email="ada@example.com")
    made = gateway.create_charge(
        amount=10 * REFUNDS * EACH, currency="EUR", customer_ref=customer, method_ref="pm_card_visa", key=key
    )
    assert gateway.confirm_charge(made.ref, key=key).state is State.SUCCEEDED
    return made.ref


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_twice_and_nothing_lost(seed: int, key: str) -> None:
    with running("--seed", str(seed)) as standin:
        gateway = standin.gateway()
        charge = charge_for_all(standin, gateway, key)
        standin.tell("/_faults", rates=RATES, seed=seed)
        ours = [ask_once_by_key(gateway, charge, f"{key}-{number}") for number in range(REFUNDS)]
        met = standin.read("/_faults")
        assert {"lost", "before", "after", "limited"} == set(met)
        theirs = gateway.refunds(charge)
        assert [each.ref for each in theirs] == [each.ref for each in ours]
        assert len({each.key for each in theirs}) == REFUNDS
        assert standin.books()[charge]["refunded"] == REFUNDS * EACH


def test_the_usual_way_refunds_twice(key: str) -> None:
    with running() as standin:
        gateway = standin.gateway()
        charge = charge_for_all(standin, gateway, key)
        standin.tell("/_faults", rates=RATES, seed=1)
        for number in range(REFUNDS):
            ask_again_with_another_key(gateway, charge, f"{key}-{number}")
        assert standin.books()[charge]["refunded"] > REFUNDS * EACH
