"""When periods become due: month ends, cycles that change, and ends."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import islice, pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.domain.schedule import dues, next_due
from billing.rating import Cancellation, Rules, Terms
from billing.rating.timeline import timeline
from subscriptions.domain.pricing import per_unit
from subscriptions.periods import DAY
from tests.billing.rating.contracts import BERLIN, contract, plan, terms

MONTHLY, ARREARS = plan(), plan(in_advance=False)
YEARLY = plan(months=12)


def first(history: Sequence[Terms], since: date, count: int = 3, rules: Rules = BERLIN, **more: Any) -> list[date]:
    spans = timeline(contract(*history, **more), rules)
    return [due.on for due in islice(dues(spans, since), count)]


def test_in_advance_is_due_on_the_first_day_of_each_period() -> None:
    assert first([terms("a", date(2026, 1, 31))], date(2026, 1, 1)) == [
        date(2026, 1, 31),
        date(2026, 2, 28),
        date(2026, 3, 31),
    ]


def test_in_arrears_is_due_on_the_day_after_the_last() -> None:
    history = [terms("a", date(2026, 1, 31), of=ARREARS)]
    assert first(history, date(2026, 1, 1)) == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30)]


def test_a_period_that_began_before_the_subscription_is_due_when_that_begins() -> None:
    history = [terms("a", date(2026, 1, 15))]
    assert first(history, date(2026, 1, 1), anchor=date(2026, 1, 1)) == [
        date(2026, 1, 15),
        date(2026, 2, 1),
        date(2026, 3, 1),
    ]


def test_another_quantity_changes_no_due_day() -> None:
    history = [terms("a", date(2026, 1, 1)), terms("b", date(2026, 2, 10), quantity=3)]
    assert first(history, date(2026, 2, 1)) == [date(2026, 2, 1), date(2026, 3, 1), date(2026, 4, 1)]


def test_a_new_cycle_is_due_on_its_own_days() -> None:
    history = [terms("a", date(2026, 1, 1)), terms("b", date(2026, 2, 10), of=YEARLY, anchor=date(2026, 2, 10))]
    assert first(history, date(2026, 1, 15)) == [date(2026, 2, 1), date(2026, 2, 10), date(2027, 2, 10)]


def test_after_the_end_nothing_is_due() -> None:
    ended = Cancellation(date(2026, 2, 10), partial_credit=True)
    assert first([terms("a", date(2026, 1, 1))], date(2026, 1, 1), cancellation=ended) == [
        date(2026, 1, 1),
        date(2026, 2, 1),
    ]
    spans = timeline(contract(terms("a", date(2026, 1, 1)), cancellation=ended), BERLIN)
    assert next_due(spans, date(2026, 2, 2)) is None


def test_the_last_period_in_arrears_is_due_though_it_ended_early() -> None:
    ended = Cancellation(date(2026, 2, 10), partial_credit=True)
    history = [terms("a", date(2026, 1, 1), of=ARREARS)]
    for since in (date(2026, 2, 2), date(2026, 2, 20), date(2026, 3, 1)):
        assert first(history, since, cancellation=ended) == [date(2026, 3, 1)]
    assert first(history, date(2026, 3, 2), cancellation=ended) == []


@given(
    start=st.dates(date(2024, 1, 1), date(2028, 12, 31)),
    months=st.sampled_from([1, 12]),
    in_advance=st.booleans(),
    waited=st.integers(0, 900),
)
def test_looking_later_finds_the_same_days(start: date, months: int, in_advance: bool, waited: int) -> None:
    of = plan(per_unit(Decimal(1)), months=months, in_advance=in_advance)
    spans = timeline(contract(terms("a", start, of=of)), BERLIN)
    since = start + waited * DAY
    everything = list(islice(dues(spans, start), 40))
    later = [due for due in everything if due.on >= since]
    assert list(islice(dues(spans, since), len(later))) == later
    assert all(one.on < other.on for one, other in pairwise(everything))
    assert [due.on - (DAY if not in_advance else 0 * DAY) for due in everything] == [due.day for due in everything]
