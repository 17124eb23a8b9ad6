"""After any sequence of verbs of credit and money the books balance; a refusal changes nothing."""

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.factories.world import make_market
from tests.payments.money_machine import MoneyMachine

pytestmark = pytest.mark.property

CURRENCIES = ["EUR", "JPY", "KWD"]
STEPS = 30
EXAMPLES = {"sqlite": 45, "postgresql": 12}
LONG_STEPS = 50_000


def run(currency: str, examples: int) -> None:
    machine = type("Machine", (MoneyMachine,), {"market": make_market(currency=currency)})
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=STEPS))


@pytest.mark.parametrize("currency", CURRENCIES)
def test_any_sequence_of_verbs(db: None, currency: str) -> None:
    run(currency, -(-EXAMPLES[connection.vendor] // len(CURRENCIES)))


@pytest.mark.long
@pytest.mark.parametrize("currency", CURRENCIES)
def test_fifty_thousand_steps(db: None, currency: str) -> None:
    run(currency, -(-LONG_STEPS // STEPS // len(CURRENCIES)))
