"""Document numbers: a prefix pattern, and a gapless counter taken as a transaction's last statement (ADR 4, I12)."""

import re
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.errors import Refusal
from documents.models import NumberSeries

VARIABLES = ("{YYYY}", "{YY}", "{MM}", "{DD}", "{MERCHANT}")
DIGITS = 5
_PATTERN = re.compile(r"(?:[A-Za-z0-9/-]|\{YYYY\}|\{YY\}|\{MM\}|\{DD\}|\{MERCHANT\}){0,20}")


class PrefixCharacters(Refusal):
    """A prefix with characters or variables that are not allowed."""

    code = "prefix_chars"
    text = _('Use letters, digits, "-", "/" and the listed variables; no spaces.')


@dataclass(frozen=True, slots=True)
class Numbers:
    """A step of one series: the numbers ``first``..``last`` and their issue date."""

    series_id: int
    first: int
    last: int
    issue_date: date


def check_prefix(prefix: str) -> None:
    """Refuse a prefix that is too long (20 characters) or holds anything but letters, digits, - / and variables."""
    if len(prefix) > 20 or not _PATTERN.fullmatch(prefix):
        raise PrefixCharacters


def render(prefix: str, *, sequence: int, on: date, merchant_code: str) -> str:
    """The number as printed: the expanded prefix and the sequence, filled up to five digits."""
    values = {
        "{YYYY}": f"{on.year:04}",
        "{YY}": f"{on.year % 100:02}",
        "{MM}": f"{on.month:02}",
        "{DD}": f"{on.day:02}",
        "{MERCHANT}": merchant_code,
    }
    for variable, value in values.items():
        prefix = prefix.replace(variable, value)
    return f"{prefix}{sequence:0{DIGITS}}"


def series_key(*, kind: str, shared: bool, yearly: bool, today: date) -> tuple[str, int]:
    """Kind and year of the series that a document of ``kind`` belongs to under the present settings."""
    return (NumberSeries.Kind.SHARED if shared else kind), (today.year if yearly else 0)


def next_number(*, merchant_id: int, kind: str, shared: bool, yearly: bool, today: date) -> int:
    """The number that would come next, without taking it; for previews."""
    series_kind, year = series_key(kind=kind, shared=shared, yearly=yearly, today=today)
    last = (
        NumberSeries.objects.filter(merchant_id=merchant_id, kind=series_kind, year=year)
        .values_list("last_number", flat=True)
        .first()
    )
    return _first_number(merchant_id, series_kind) if last is None else last + 1


def take(
    *, marketplace_id: int, merchant_id: int, kind: str, shared: bool, yearly: bool, today: date, count: int = 1
) -> Numbers:
    """Take the next ``count`` numbers; the row stays locked until commit, so nothing slow may follow.

    The issue date is the later of today and the series' last date, so that dates never decrease with numbers.
    """
    series_kind, year = series_key(kind=kind, shared=shared, yearly=yearly, today=today)
    numbers = _step(merchant_id, series_kind, year, today, count)
    if numbers is None:
        first = 1 if year else _first_number(merchant_id, series_kind)
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


def _first_number(merchant_id: int, kind: str) -> int:
    """A shared series goes on where the separate ones ended, so that it repeats none of their numbers."""
    if kind != NumberSeries.Kind.SHARED:
        return 1
    lasts = NumberSeries.objects.filter(merchant_id=merchant_id, year=0).values_list("last_number", flat=True)
    return max(lasts, default=0) + 1
