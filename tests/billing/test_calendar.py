"""When scheduled runs are, also where clocks jump and months are short."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from billing.domain.calendar import LAST_DAY, Schedule, latest, moment, upcoming

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_off_never_runs() -> None:
    off = Schedule("off", 1, 3)
    assert latest(off, BERLIN, at("2026-05-18T09:00+00:00")) is None
    assert upcoming(off, BERLIN, at("2026-05-18T09:00+00:00"), 3) == []


def test_daily_runs_at_the_marketplaces_hour() -> None:
    daily = Schedule("daily", 1, 3)
    before, after = at("2026-05-18T02:59+02:00"), at("2026-05-18T03:00+02:00")
    assert latest(daily, BERLIN, before) == date(2026, 5, 17)
    assert latest(daily, BERLIN, after) == date(2026, 5, 18)
    assert upcoming(daily, BERLIN, before, 2) == [after, at("2026-05-19T03:00+02:00")]


@pytest.mark.parametrize(
    ("day", "now", "expected"),
    [
        (1, "2026-03-01T03:00+01:00", date(2026, 3, 1)),
        (1, "2026-03-01T02:00+01:00", date(2026, 2, 1)),
        (LAST_DAY, "2026-02-28T04:00+01:00", date(2026, 2, 28)),
        (LAST_DAY, "2028-02-29T04:00+01:00", date(2028, 2, 29)),
        (LAST_DAY, "2026-04-29T04:00+02:00", date(2026, 3, 31)),
        (28, "2026-02-28T04:00+01:00", date(2026, 2, 28)),
    ],
)
def test_monthly_runs_on_its_day(day: int, now: str, expected: date) -> None:
    assert latest(Schedule("monthly", day, 3), BERLIN, at(now)) == expected


def test_an_hour_that_the_clocks_skip_is_when_they_have_jumped() -> None:
    jump = date(2026, 3, 29)
    assert moment(jump, 2, BERLIN) == at("2026-03-29T03:00+02:00")
    daily = Schedule("daily", 1, 2)
    assert latest(daily, BERLIN, at("2026-03-29T01:59+01:00")) == date(2026, 3, 28)
    assert latest(daily, BERLIN, at("2026-03-29T03:00+02:00")) == jump


def test_an_hour_that_comes_twice_is_the_first() -> None:
    twice = date(2026, 10, 25)
    assert moment(twice, 2, BERLIN) == at("2026-10-25T02:00+02:00")
    assert (
        len({moment.date() for moment in upcoming(Schedule("daily", 1, 2), BERLIN, at("2026-10-24T12:00+02:00"), 3)})
        == 3
    )
