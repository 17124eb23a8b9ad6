"""Guesses that come at once are no more than guesses one after another."""

from functools import partial

from companies.domain.refusals import TooManyAttempts
from companies.operations.attempts import PAIR, take_attempt
from core.clients import read_address
from tests.factories.world import NOW
from tests.support.databases import Copy
from tests.support.threads import together


def guess() -> bool:
    try:
        take_attempt("a@example.com", read_address("203.0.113.7"), now=NOW)
    except TooManyAttempts:
        return False
    return True


def test_a_hundred_guesses_at_once_are_five(committed_db: Copy) -> None:
    looked_at = together([partial(guess) for _time in range(20)])
    assert sum(answer is True for answer in looked_at) == PAIR.most
