"""How many rows a filter finds, and what their amounts add up to: cached for a minute, capped where nobody can wait."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, QuerySet, Sum

from web.tables import AmountColumn, Column, getter

CACHE_SECONDS = 60
CAP = 10_000
"""Rows that are counted at once for a browser that can't fetch the exact figures later."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The number of rows and the sum of each totalled column in minor units; ``is_capped``: there are more rows."""

    count: int
    sums: dict[str, int]
    is_capped: bool = False


def totalled(columns: Sequence[Column]) -> list[AmountColumn]:
    """The columns that are added up."""
    return [column for column in columns if isinstance(column, AmountColumn) and column.total]


def of_rows(rows: Sequence[Any], columns: Sequence[Column]) -> Totals:
    """The figures of a filtered set that is all on the page."""
    sums = {column.name: sum(getter(column.path)(row) or 0 for row in rows) for column in totalled(columns)}
    return Totals(len(rows), sums)


def of_query(found: QuerySet[Any], columns: Sequence[Column]) -> Totals:
    """The exact figures, by one query over the whole filtered set."""
    return _asked(found.order_by(), columns)


def capped(found: QuerySet[Any], order: tuple[str, ...], columns: Sequence[Column]) -> Totals:
    """The figures of at most the first CAP rows."""
    asked = _asked(found.order_by(*order)[: CAP + 1], columns)
    if asked.count <= CAP:
        return asked
    first = _asked(found.order_by(*order)[:CAP], columns)
    return Totals(CAP, first.sums, is_capped=True)


def _asked(found: QuerySet[Any], columns: Sequence[Column]) -> Totals:
    wanted = totalled(columns)
    answer = found.aggregate(count_=Count("*"), **{f"sum_{column.name}": Sum(column.path) for column in wanted})
    return Totals(answer["count_"], {column.name: int(answer[f"sum_{column.name}"] or 0) for column in wanted})


def cache_key(*parts: object) -> str:
    """The key of one member's one filter of one list."""
    return f"totals:{hashlib.sha256(repr(parts).encode()).hexdigest()}"


def cached(key: str) -> Totals | None:
    """Figures of the last minute, if there are any."""
    found = cache.get(key)
    return found if isinstance(found, Totals) else None


def keep(key: str, totals: Totals) -> Totals:
    """Remember exact figures for a minute."""
    cache.set(key, totals, CACHE_SECONDS)
    return totals
