"""Periods end where months do, and a day is a day of the marketplace."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.periods import DAY, Days, day_of, gaps, period_holding

BERLIN = ZoneInfo("Europe/Berlin")
days = st.dates(date(2000, 1, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    ("day", "anchor", "months", "first", "last"),
    [
        (date(2026, 5, 5), date(2026, 1, 1), 1, date(2026, 5, 1), date(2026, 5, 31)),
        (date(2026, 2, 14), date(2026, 1, 31), 1, date(2026, 1, 31), date(2026, 2, 27)),
        (date(2026, 2, 28), date(2026, 1, 31), 1, date(2026, 2, 28), date(2026, 3, 30)),
        (date(2026, 3, 31), date(2026, 1, 31), 1, date(2026, 3, 31), date(2026, 4, 29)),
        (date(2028, 2, 29), date(2026, 1, 31), 1, date(2028, 2, 29), date(2028, 3, 30)),
        (date(2028, 2, 28), date(2026, 1, 30), 1, date(2028, 1, 30), date(2028, 2, 28)),
        (date(2026, 12, 31), date(2026, 1, 15), 1, date(2026, 12, 15), date(2027, 1, 14)),
        (date(2027, 1, 1), date(2026, 1, 15), 12, date(2026, 1, 15), date(2027, 1, 14)),
        (date(2025, 3, 1), date(2024, 2, 29), 12, date(2025, 2, 28), date(2026, 2, 27)),
        (date(2028, 2, 29), date(2024, 2, 29), 12, date(2028, 2, 29), date(2029, 2, 27)),
        (date(2028, 2, 28), date(2024, 2, 29), 12, date(2027, 2, 28), date(2028, 2, 28)),
        (date(2025, 11, 3), date(2026, 1, 31), 1, date(2025, 10, 31), date(2025, 11, 29)),
    ],
)
def test_the_period_of_a_day(day: date, anchor: date, months: int, first: date, last: date) -> None:
    assert period_holding(day, anchor, months) == Days(first, last)


@given(day=days, anchor=days, months=st.sampled_from([1, 3, 12]))
def test_periods_follow_each_other_without_a_hole(day: date, anchor: date, months: int) -> None:
    period = period_holding(day, anchor, months)
    assert period.first <= day <= period.last
    assert period_holding(period.first, anchor, months) == period == period_holding(period.last, anchor, months)
    assert period_holding(period.last + DAY, anchor, months).first == period.last + DAY
    assert 28 * months <= period.length <= 31 * months


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 5, 4, 21, 59, tzinfo=UTC), date(2026, 5, 4)),
        (datetime(2026, 5, 4, 22, 0, tzinfo=UTC), date(2026, 5, 5)),
        (datetime(2026, 1, 4, 22, 59, tzinfo=UTC), date(2026, 1, 4)),
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), date(2026, 3, 29)),  # The day of 23 hours begins
        (datetime(2026, 3, 29, 21, 59, tzinfo=UTC), date(2026, 3, 29)),  # and ends.
        (datetime(2026, 3, 29, 22, 0, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), date(2026, 10, 25)),  # The day of 25 hours begins
        (datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),  # and ends.
        (datetime(2026, 5, 5, 3, 0, tzinfo=ZoneInfo("Asia/Tokyo")), date(2026, 5, 4)),
    ],
)
def test_the_day_of_a_moment(moment: datetime, day: date) -> None:
    assert day_of(moment, BERLIN) == day


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="zone"):
        day_of(datetime(2026, 5, 5, 3, 0), BERLIN)  # noqa: DTZ001


def span(first: int, last: int) -> Days:
    return Days(date(2026, 5, first), date(2026, 5, last))


def test_gaps_between_what_is_covered() -> None:
    assert gaps(span(1, 31), []) == [span(1, 31)]
    assert gaps(span(1, 31), [span(20, 25), span(3, 4)]) == [span(1, 2), span(5, 19), span(26, 31)]
    assert gaps(span(5, 10), [span(1, 31)]) == []
    assert gaps(span(5, 10), [span(1, 5), span(10, 12)]) == [span(6, 9)]


@given(
    st.lists(st.tuples(st.integers(1, 31), st.integers(1, 31)).map(sorted)),
    st.tuples(st.integers(1, 31), st.integers(1, 31)).map(sorted),
)
def test_gaps_are_exactly_the_days_that_nothing_holds(covered: list[list[int]], asked: list[int]) -> None:
    found = gaps(span(*asked), [span(*each) for each in covered])
    open_days = {day for gap in found for day in range(gap.first.day, gap.last.day + 1)}
    held = {day for first, last in covered for day in range(first, last + 1)}
    assert open_days == set(range(asked[0], asked[1] + 1)) - held
    assert sum(gap.length for gap in found) == len(open_days)
