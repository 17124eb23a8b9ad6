"""When a marketplace's scheduled runs are: pure.

A run is for a calendar day of the marketplace and begins at its hour there. Where the clocks jump over that hour it
begins when they have jumped, and where they show it twice it begins at the first.
"""

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import islice
from typing import Literal, NamedTuple

DAY = timedelta(days=1)
LAST_DAY = 31
"""Stands for the last day of any month."""


class Schedule(NamedTuple):
    """Every day, or once a month on ``day`` (31: the last), at ``hour`` o'clock."""

    frequency: Literal["off", "daily", "monthly"] | str
    day: int
    hour: int


def moment(day: date, hour: int, zone: tzinfo) -> datetime:
    """When the clocks of the zone first show that hour on that day, or what follows it; in UTC."""
    return datetime.combine(day, time(hour), zone).astimezone(UTC)


def latest(schedule: Schedule, zone: tzinfo, now: datetime) -> date | None:
    """The day of the last scheduled run whose moment has come; None when none is scheduled."""
    if schedule.frequency == "off":
        return None
    day = now.astimezone(zone).date()
    while not _is_run_day(schedule, day) or moment(day, schedule.hour, zone) > now:
        day -= DAY
    return day


def upcoming(schedule: Schedule, zone: tzinfo, now: datetime, count: int) -> list[datetime]:
    """The next moments, in UTC; empty when none is scheduled."""
    return list(islice(_moments(schedule, zone, now), count))


def _moments(schedule: Schedule, zone: tzinfo, now: datetime) -> Iterator[datetime]:
    day = now.astimezone(zone).date()
    while schedule.frequency != "off":
        if _is_run_day(schedule, day) and moment(day, schedule.hour, zone) > now:
            yield moment(day, schedule.hour, zone)
        day += DAY


def _is_run_day(schedule: Schedule, day: date) -> bool:
    if schedule.frequency == "daily":
        return True
    return day.day == min(schedule.day, monthrange(day.year, day.month)[1])
