"""After any sequence of verbs the books balance and say what simple arithmetic says; a refusal changes nothing."""

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.creditmemos.books_machine import BooksMachine
from tests.factories.world import make_market

pytestmark = pytest.mark.property

CURRENCIES = ["EUR", "JPY", "KWD"]
STEPS = 30
EXAMPLES = {"sqlite": 100, "postgresql": 25}
LONG_STEPS = 50_000


def run(currency: str, examples: int) -> None:
    machine = type("Machine", (BooksMachine,), {"market": make_market(currency=currency)})
    run_state_machine_as_test(machine, settings=settings(max_examples=examples, stateful_step_count=STEPS))


@pytest.mark.parametrize("currency", CURRENCIES)
def test_any_sequence_of_verbs(db: None, currency: str) -> None:
    run(currency, -(-EXAMPLES[connection.vendor] // len(CURRENCIES)))


@pytest.mark.long
@pytest.mark.parametrize("currency", CURRENCIES)
def test_fifty_thousand_steps(db: None, currency: str) -> None:
    run(currency, -(-LONG_STEPS // STEPS // len(CURRENCIES)))
