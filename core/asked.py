"""What the words of a search can mean: amounts and days besides names and numbers; each word is tried as all of it.

``565,25 Grünwald November`` is an amount, a name and a month; a document fits when each of its facts is one of these.
"""

import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from babel import Locale

from core.formats import reader
from core.money import AmountError
from core.search_keys import MOST_WORDS, folded
from core.typed import read_amount

MOST_DIGITS = 15
LONGEST_AMOUNT = 3
"""Words of one amount: ``1 801,42 €``."""
CENTURY = 2000
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})(?:-([0-9]{1,2}))?")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4}|[0-9]{2})?")
_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_DAY = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th|er|\.)?")


class When(NamedTuple):
    """A day, or less than that: what is None is not said."""

    year: int | None = None
    month: int | None = None
    day: int | None = None


class Word(NamedTuple):
    """One thing that was typed. ``amount`` is minor units, ``counter`` the number of a document without its prefix."""

    text: str
    amount: int | None = None
    whens: tuple[When, ...] = ()
    counter: int | None = None

    @property
    def key(self) -> str:
        """As search keys are written."""
        return folded(self.text)


def words_of(text: str, *, currency: str) -> list[Word]:
    """The words of a text, in their order; dates and amounts of several words are one."""
    parts = text.replace("\0", " ").split()[: MOST_WORDS * 3]
    found: list[Word] = []
    while parts and len(found) < MOST_WORDS:
        taken = _date(parts) or _amount(parts, currency) or (1, Word(parts[0]))
        size, word = taken
        found.append(_counted(word, alone=len(parts) == 1 and not found))
        parts = parts[size:]
    return found


def _counted(word: Word, *, alone: bool) -> Word:
    """A number may be a document's counter, and beside other words a year."""
    text = word.text
    if text.isascii() and text.isdigit():
        if len(text) <= MOST_DIGITS:
            word = word._replace(counter=int(text))
        if not alone and _YEAR.fullmatch(text):
            word = word._replace(whens=(When(int(text)),))
    return word


def _amount(parts: list[str], currency: str) -> tuple[int, Word] | None:
    """The longest beginning that is an amount; a currency's sign may stand apart."""
    for size in range(min(LONGEST_AMOUNT, len(parts)), 0, -1):
        text = " ".join(parts[:size])
        try:
            return size, Word(text, amount=read_amount(text, currency=currency))
        except AmountError:
            continue
    return None


def _date(parts: list[str]) -> tuple[int, Word] | None:
    """A date in figures, or one with a month's name: ``November``, ``Nov 29, 2026``, ``29. November 2026``."""
    if whens := tuple(_in_figures(parts[0])):
        return 1, Word(parts[0], whens=whens)
    months = _months(reader())
    for size, month_at in ((3, 1), (3, 0), (2, 1), (2, 0), (1, 0)):
        if len(parts) < size:
            continue
        asked = [part.rstrip(",") for part in parts[:size]]
        month = months.get(folded(asked[month_at]).rstrip("."))
        rest = [each for at, each in enumerate(asked) if at != month_at]
        if month and (when := _around(month, rest)):
            return size, Word(" ".join(parts[:size]), whens=(when,))
    return None


def _around(month: int, rest: list[str]) -> When | None:
    """The month with the day, the year or both that stand around its name; None for anything else."""
    day = year = None
    for text in rest:
        if year is None and _YEAR.fullmatch(text):
            year = int(text)
        elif day is None and year is None and (match := _DAY.fullmatch(text)):
            day = int(match[1])
        else:
            return None
    when = When(year, month, day)
    return when if _is_day(when) else None


def _in_figures(text: str) -> Iterator[When]:
    """Every day that the figures can be: parted by dots the day stands first, by slashes it may be either."""
    orders = []
    if match := _ISO.fullmatch(text):
        orders = [(match[1], match[2], match[3])]
    elif match := _DOTTED.fullmatch(text):
        orders = [(match[3], match[2], match[1])]
    elif match := _SLASHED.fullmatch(text):
        orders = [(match[3], match[2], match[1]), (match[3], match[1], match[2])]
    for year, month, day in dict.fromkeys(orders):
        when = When(_year(year) if year else None, int(month), int(day) if day else None)
        if _is_day(when):
            yield when


def _year(text: str) -> int:
    return int(text) if len(text) > len("99") else CENTURY + int(text)


def _is_day(when: When) -> bool:
    """Whether the calendar has it; a day without a year may be that of a leap year."""
    try:
        date(*(first if part is None else part for part, first in zip(when, (CENTURY, 1, 1), strict=True)))
    except ValueError:
        return False
    return True


@lru_cache(maxsize=16)
def _months(locale: Locale) -> dict[str, int]:
    """The months' names, whole and short, in English and as the reader writes them."""
    return {
        folded(name).rstrip("."): month
        for each in (Locale("en"), locale)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for month, name in each.months[context][width].items()
    }
