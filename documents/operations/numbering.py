"""Document numbers: a prefix pattern, and a gapless counter taken as a transaction's last statement (ADR 4, I12)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db import connection

from documents.domain.patterns import VARIABLES, PrefixCharacters, check_prefix, render
from documents.models import NumberSeries

__all__ = ["VARIABLES", "Numbers", "PrefixCharacters", "check_prefix", "next_number", "render", "take", "upcoming"]


@dataclass(frozen=True, slots=True)
class Numbers:
    """A step of one series: the numbers ``first``..``last`` and their issue date."""

    series_id: int
    first: int
    last: int
    issue_date: date


def series_key(*, kind: str, shared: bool, yearly: bool, today: date) -> tuple[str, int]:
    """Kind and year of the series that a document of ``kind`` belongs to under the present settings."""
    return (NumberSeries.Kind.SHARED if shared else kind), (today.year if yearly else 0)


def next_number(*, merchant_id: int, kind: str, shared: bool, yearly: bool, today: date) -> int:
    """The number that would come next, without taking it; for previews."""
    known = NumberSeries.objects.filter(merchant_id=merchant_id)
    return upcoming(known, kind=kind, shared=shared, yearly=yearly, today=today)[0]


def upcoming(
    all_series: Iterable[NumberSeries], *, kind: str, shared: bool, yearly: bool, today: date
) -> tuple[int, date]:
    """The number that would come next and its issue date, without taking it; ``all_series`` are the merchant's."""
    series_kind, year = series_key(kind=kind, shared=shared, yearly=yearly, today=today)
    known = list(all_series)
    series = next((one for one in known if (one.kind, one.year) == (series_kind, year)), None)
    if series is None:
        return _first_number(known, series_kind, year), today
    return series.last_number + 1, max(today, series.last_date or today)


def take(
    *, marketplace_id: int, merchant_id: int, kind: str, shared: bool, yearly: bool, today: date, count: int = 1
) -> Numbers:
    """Take the next ``count`` numbers; the row stays locked until commit, so nothing slow may follow.

    The issue date is the later of today and the series' last date, so that dates never decrease with numbers.
    """
    series_kind, year = series_key(kind=kind, shared=shared, yearly=yearly, today=today)
    numbers = _step(merchant_id, series_kind, year, today, count)
    if numbers is None:
        first = _first_number(NumberSeries.objects.filter(merchant_id=merchant_id), series_kind, year)
        NumberSeries.objects.bulk_create(
            [
                NumberSeries(
                    marketplace_id=marketplace_id,
                    merchant_id=merchant_id,
                    kind=series_kind,
                    year=year,
                    first_number=first,
                    range_start=first,
                    last_number=first - 1,
                )
            ],
            ignore_conflicts=True,
        )
        numbers = _step(merchant_id, series_kind, year, today, count)
    if numbers is None:
        raise RuntimeError("a number series vanished")
    return numbers


def _step(merchant_id: int, kind: str, year: int, today: date, count: int) -> Numbers | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE documents_numberseries SET range_start = last_number + 1, last_number = last_number + %s,"
            " last_date = CASE WHEN last_date IS NULL OR last_date < %s THEN %s ELSE last_date END"
            " WHERE merchant_id = %s AND kind = %s AND year = %s"
            " RETURNING id, range_start, last_number, last_date",
            [count, today, today, merchant_id, kind, year],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    on = row[3] if isinstance(row[3], date) else date.fromisoformat(row[3])
    return Numbers(series_id=row[0], first=row[1], last=row[2], issue_date=on)


def _first_number(all_series: Iterable[NumberSeries], kind: str, year: int) -> int:
    """Where a new series begins: after every number that documents of its kind got from other series.

    So a shared series goes on where the separate ones ended and the other way round, and a reset that is switched on
    within a year begins with the next one. The numbers of adjustments stand apart from all of them.
    """
    related = [one for one in all_series if _is_related(one.kind, kind)]
    if year:
        related = [one for one in related if one.year == year or (not one.year and _reaches(one, year))]
    return max((one.last_number for one in related), default=0) + 1


def _is_related(one: str, other: str) -> bool:
    """Whether documents of these series could get the same number."""
    alone, shared = NumberSeries.Kind.ADJUSTMENT, NumberSeries.Kind.SHARED
    return one == other or (shared in (one, other) and alone not in (one, other))


def _reaches(series: NumberSeries, year: int) -> bool:
    """Whether a series without a year gave a number in ``year`` or later."""
    return series.last_date is not None and series.last_date.year >= year
