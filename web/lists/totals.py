"""How many rows a filter finds, and what their amounts add up to: cached for a minute, capped where nobody can wait.

A total holds what its table's asides don't leave out; the asides have sums of their own.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet, Sum

from web.tables import AmountColumn, Aside, Column, getter, totalled

CACHE_SECONDS = 60
CAP = 10_000
"""Rows that are counted at once for a browser that can't fetch the exact figures later."""


@dataclass(frozen=True, slots=True)
class Totals:
    """The number of rows and the sum of each totalled column in minor units; ``is_capped``: there are more rows.

    ``asides`` has a pair for each of the table's: how many rows it has, and the same sums of them.
    """

    count: int
    sums: dict[str, int]
    is_capped: bool = False
    asides: tuple[tuple[int, dict[str, int]], ...] = ()


def of_rows(rows: Sequence[Any], columns: Sequence[Column], asides: Sequence[Aside] = ()) -> Totals:
    """The figures of a filtered set that is all on the page."""
    wanted = totalled(columns)
    counted = [row for row in rows if not any(aside.holds(row) for aside in asides if not aside.counted)]
    held = [[row for row in rows if aside.holds(row)] for aside in asides]
    return Totals(len(rows), _added(counted, wanted), asides=tuple((len(own), _added(own, wanted)) for own in held))


def _added(rows: Sequence[Any], columns: Sequence[AmountColumn]) -> dict[str, int]:
    return {column.name: sum(getter(column.path)(row) or 0 for row in rows) for column in columns}


def of_query(found: QuerySet[Any], columns: Sequence[Column], asides: Sequence[Aside] = ()) -> Totals:
    """The exact figures, by one query over the whole filtered set."""
    return _asked(found.order_by(), columns, asides)


def capped(
    found: QuerySet[Any], order: tuple[str, ...], columns: Sequence[Column], asides: Sequence[Aside] = ()
) -> Totals:
    """The figures of at most the first CAP rows."""
    asked = _asked(found.order_by(*order)[: CAP + 1], columns, asides)
    if asked.count <= CAP:
        return asked
    first = _asked(found.order_by(*order)[:CAP], columns, asides)
    return Totals(CAP, first.sums, is_capped=True, asides=first.asides)


def _asked(found: QuerySet[Any], columns: Sequence[Column], asides: Sequence[Aside]) -> Totals:
    wanted = totalled(columns)
    counted = Q()
    for aside in asides:
        counted &= Q() if aside.counted else ~aside.condition
    asked: dict[str, Any] = {"count_": Count("*")}
    asked |= {f"sum_{column.name}": Sum(column.adds or column.path, filter=counted or None) for column in wanted}
    for at, aside in enumerate(asides):
        asked[f"count_{at}"] = Count("pk", filter=aside.condition)
        asked |= {
            f"sum_{at}_{column.name}": Sum(column.adds or column.path, filter=aside.condition) for column in wanted
        }
    answer = found.aggregate(**asked)

    def sums(prefix: str) -> dict[str, int]:
        return {column.name: int(answer[f"{prefix}{column.name}"] or 0) for column in wanted}

    own = tuple((answer[f"count_{at}"], sums(f"sum_{at}_")) for at in range(len(asides)))
    return Totals(answer["count_"], sums("sum_"), asides=own)


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
