"""Days and periods: where a moment falls, and which days a price is for.

A day is a calendar day of the marketplace, however many hours its clocks give it; moments become days before
anything is counted. A period begins on the anchor's day of the month, or on the month's last day where the month is
shorter. It is always counted from the anchor itself, so that 31 January gives 28 February and then 31 March.
"""

from calendar import monthrange
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple

DAY = timedelta(days=1)
FOREVER = date.max
"""The last day of what has no end."""


class Days(NamedTuple):
    """Days from ``first`` to ``last``, both included."""

    first: date
    last: date

    @property
    def length(self) -> int:
        """How many days there are."""
        return (self.last - self.first).days + 1


def day_of(moment: datetime, zone: tzinfo) -> date:
    """The marketplace's calendar day of an aware moment. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone has no day")
    return moment.astimezone(zone).date()


@lru_cache(maxsize=16_384)
def period_holding(day: date, anchor: date, months: int) -> Days:
    """The period of ``months`` that holds ``day``, counted from ``anchor`` forwards or backwards."""
    behind = (day.year - anchor.year) * 12 + day.month - anchor.month
    number = behind // months
    if _start(anchor, number * months) > day:
        number -= 1
    return Days(_start(anchor, number * months), _start(anchor, (number + 1) * months) - DAY)


def _start(anchor: date, months: int) -> date:
    year, month = divmod(anchor.year * 12 + anchor.month - 1 + months, 12)
    return date(year, month + 1, min(anchor.day, monthrange(year, month + 1)[1]))


def gaps(days: Days, covered: list[Days]) -> list[Days]:
    """The stretches of ``days`` that nothing in ``covered`` holds, in order."""
    found: list[Days] = []
    first = days.first
    for other in sorted(covered):
        if other.last < first or other.first > days.last:
            continue
        if other.first > first:
            found.append(Days(first, other.first - DAY))
        if other.last >= days.last:
            return found
        first = other.last + DAY
    found.append(Days(first, days.last))
    return found
