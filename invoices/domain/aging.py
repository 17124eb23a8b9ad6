"""Aging: how long what is owed has been overdue, in the five usual buckets. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOT_DUE = "not_due"
EDGES: tuple[tuple[str, int], ...] = (("d1", 1), ("d31", 31), ("d61", 61), ("d91", 91))
"""Each overdue bucket with the first day after the due date that belongs to it, the least overdue first."""
BUCKETS = (NOT_DUE, *(name for name, _days in EDGES))
LABELS: dict[str, str | Promise] = {
    NOT_DUE: _("Not due"),
    "d1": _("1 to 30 days"),
    "d31": _("31 to 60 days"),
    "d61": _("61 to 90 days"),
    "d91": _("More than 90 days"),
}


@dataclass(frozen=True, slots=True)
class Aging:
    """What is due in each bucket, in minor units; ``invoices`` counts what is open."""

    due: Mapping[str, int]
    invoices: int = 0

    @property
    def total(self) -> int:
        """Everything due."""
        return sum(self.due.values())

    @property
    def overdue(self) -> int:
        """Everything after its due date."""
        return self.total - self.due.get(NOT_DUE, 0)


def bucket_of(due_date: date, today: date) -> str:
    """The bucket of a debt: on its due day it is not overdue yet."""
    days = (today - due_date).days
    return next((name for name, first in reversed(EDGES) if days >= first), NOT_DUE)


def latest_due_dates(today: date) -> dict[str, date]:
    """For each overdue bucket the latest due date that falls into it or an older one."""
    return {name: today - timedelta(days=first) for name, first in EDGES}


def lessened(aging: Aging, taken: Iterable[tuple[str, int]], *, settled: int = 0) -> Aging:
    """The aging once (bucket, minor units) are credited and ``settled`` invoices owe nothing more."""
    due = dict(aging.due)
    for bucket, amount in taken:
        due[bucket] = due.get(bucket, 0) - amount
    return Aging(due, aging.invoices - settled)
