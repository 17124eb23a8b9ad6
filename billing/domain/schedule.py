"""When the periods of a subscription become due: pure.

A period charged in advance is due on its first day, one charged in arrears on the day after its last.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import NamedTuple

from billing.rating.timeline import Span
from subscriptions.periods import DAY, period_holding


class Due(NamedTuple):
    """``on`` is when a period becomes due, ``day`` a day inside it."""

    on: date
    day: date


def dues(spans: Sequence[Span], since: date) -> Iterator[Due]:
    """Every due day on or after ``since``, in order; without an end when the last span has none."""
    for (anchor, months, in_advance), group in groupby(spans, key=lambda span: span.cycle):
        together = list(group)
        first, last = together[0].first, together[-1].last
        day = min(max(first, since if in_advance else since - DAY), last)
        while day <= last:
            period = period_holding(day, anchor, months)
            begin = max(period.first, first)
            due = Due(begin, begin) if in_advance else Due(period.last + DAY, period.last)
            if due.on >= since:
                yield due
            day = period.last + DAY


def next_due(spans: Sequence[Span], since: date) -> date | None:
    """The first due day on or after ``since``, or None when nothing will become due."""
    return next((due.on for due in dues(spans, since)), None)
