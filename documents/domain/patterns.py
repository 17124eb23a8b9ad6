"""Prefix patterns of document numbers: what may stand in them, how they are expanded, whether two can meet (pure)."""

import re
from datetime import date

from django.utils.translation import gettext_lazy as _

from core.errors import Refusal

VARIABLES = ("{YYYY}", "{YY}", "{MM}", "{DD}", "{MERCHANT}")
YEARS = ("{YYYY}", "{YY}")
DIGITS = 5
"""A sequence is filled up to so many digits."""
LONGEST = 20
_PIECE = re.compile(r"\{YYYY\}|\{YY\}|\{MM\}|\{DD\}|\{MERCHANT\}|[A-Za-z0-9/-]")
_ANY_DIGIT = "#"


class PrefixCharacters(Refusal):
    """A prefix with characters or variables that are not allowed."""

    code = "prefix_chars"
    text = _('Use letters, digits, "-", "/" and the listed variables; no spaces.')


def check_prefix(prefix: str, *, field: str | None = None) -> None:
    """Refuse a prefix that is longer than 20 characters or holds anything but letters, digits, - / and variables."""
    if len(prefix) > LONGEST or "".join(_PIECE.findall(prefix)) != prefix:
        raise PrefixCharacters(field=field)


def expand(prefix: str, *, on: date, merchant_code: str) -> str:
    """The prefix with its variables filled in."""
    values = {
        "{YYYY}": f"{on.year:04}",
        "{YY}": f"{on.year % 100:02}",
        "{MM}": f"{on.month:02}",
        "{DD}": f"{on.day:02}",
        "{MERCHANT}": merchant_code,
    }
    return "".join(values.get(piece, piece) for piece in _PIECE.findall(prefix))


def render(prefix: str, *, sequence: int, on: date, merchant_code: str) -> str:
    """The number as printed: the expanded prefix and the sequence, filled up to five digits."""
    return f"{expand(prefix, on=on, merchant_code=merchant_code)}{sequence:0{DIGITS}}"


def has_year(prefix: str) -> bool:
    """Whether the prefix changes with the year."""
    return any(year in prefix for year in YEARS)


def can_meet(one: str, other: str, *, merchant_code: str, same_series: bool = False) -> bool:
    """Whether two prefixes can ever give the same number of this merchant.

    Places are compared one by one, a date counting as digits; what one prefix has more must be readable as the
    beginning of a sequence above 99999 of the other. Within one series no sequence comes twice, so prefixes of the
    same length can't meet there.
    """
    shorter, longer = sorted((_places(one, merchant_code), _places(other, merchant_code)), key=len)
    if not all(_same(a, b) for a, b in zip(shorter, longer, strict=False)):
        return False
    rest = longer[len(shorter) :]
    if not rest:
        return not same_series
    return all(place.isdigit() or place == _ANY_DIGIT for place in rest) and not rest.startswith("0")


def _places(prefix: str, merchant_code: str) -> str:
    digits = {"{YYYY}": _ANY_DIGIT * 4, "{YY}": _ANY_DIGIT * 2, "{MM}": _ANY_DIGIT * 2, "{DD}": _ANY_DIGIT * 2}
    return "".join((digits | {"{MERCHANT}": merchant_code}).get(piece, piece) for piece in _PIECE.findall(prefix))


def _same(one: str, other: str) -> bool:
    if one == other:
        return True
    return (one == _ANY_DIGIT and other.isdigit()) or (other == _ANY_DIGIT and one.isdigit())


def future(prefix: str, *, on: date, merchant_code: str) -> str:
    """A regular expression for the numbers that this prefix can give from ``on`` onwards, in any order.

    A past year never comes back, a past month of this year neither; without a year, months and days do.
    """
    month = f"{on.month:02}" if has_year(prefix) else "[0-9]{2}"
    day = f"{on.day:02}" if has_year(prefix) and "{MM}" in prefix else "[0-9]{2}"
    known = {
        "{YYYY}": f"{on.year:04}",
        "{YY}": f"{on.year % 100:02}",
        "{MM}": month,
        "{DD}": day,
        "{MERCHANT}": re.escape(merchant_code),
    }
    pieces = [known.get(piece, re.escape(piece)) for piece in _PIECE.findall(prefix)]
    return f"^{''.join(pieces)}[0-9]{{{DIGITS},}}$"
