"""How amounts and days are written for a reader, quickly enough for a page with hundreds of them.

Babel decides everything; it is asked once for each (currency, locale) and its answer kept as prefix, separators and
suffix. A locale whose numbers don't fit that mould is written by Babel itself, amount by amount.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_currency, format_decimal
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language

from core.money import exponent

Writer = Callable[[int], str]
_READERS: ContextVar[str] = ContextVar("reader", default="")
PROBES = (0, 1, -1, 12, 999, 1000, -1234, 99_999, 1_234_567, -123_456_789, 10**12)
NO_BREAK_SPACE = "\u00a0"
DASH = "\N{EN DASH}"
LETTER_THEN_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
"""CLDR puts a space between a currency's letters and the number; Babel leaves it out."""


@lru_cache(maxsize=64)
def locale_of(language: str | None) -> Locale:
    """The Babel locale of a Django language code; English when Babel knows none."""
    try:
        return Locale.parse((language or "en").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def reader() -> Locale:
    """The locale of whoever reads the page that is being made: their own for figures, whatever language words are in.

    What is written in another language than the pages', as a mail is, has that language's figures.
    """
    language = get_language()
    return locale_of((_READERS.get() if language == settings.LANGUAGE_CODE else "") or language)


@contextmanager
def read_by(language: str) -> Iterator[None]:
    """Write and read figures as people of ``language`` do, inside."""
    token = _READERS.set(language)
    try:
        yield
    finally:
        _READERS.reset(token)


def set_reader(language: str) -> None:
    """Go on with another reader, until ``read_by`` ends."""
    _READERS.set(language)


@lru_cache(maxsize=256)
def amount_writer(currency: str, locale: Locale, *, accounting: bool = False) -> Writer:
    """A function that writes minor units as ``locale`` does, negatives in its accounting style when asked."""
    decimals = exponent(currency)
    quantum = Decimal(1).scaleb(-decimals)

    def by_babel(minor: int) -> str:
        text = format_currency(
            Decimal(minor) * quantum,
            currency,
            locale=locale,
            currency_digits=False,
            format=_pattern(locale, decimals, accounting=accounting),
        )
        return LETTER_THEN_DIGIT.sub(NO_BREAK_SPACE, text)

    quick = _quick_writer(by_babel, locale, decimals)
    return quick if all(quick(probe) == by_babel(probe) for probe in PROBES) else by_babel


@lru_cache(maxsize=256)
def _pattern(locale: Locale, decimals: int, *, accounting: bool) -> str:
    """The locale's own currency pattern with exactly as many decimals as ISO 4217 gives the currency."""
    parts = str(locale.currency_formats["accounting" if accounting else "standard"].pattern).split(";")
    fraction = "." + "0" * decimals if decimals else ""
    return ";".join(part.replace(".00", fraction) for part in parts)


def _quick_writer(by_babel: Writer, locale: Locale, decimals: int) -> Writer:
    """Take Babel's answer apart once; write every later amount from the parts."""
    symbols = locale.number_symbols.get("latn") or {}
    group, point = symbols.get("group", ","), symbols.get("decimal", ".")
    plus, minus = _around(by_babel(1)), _around(by_babel(-1))
    scale = 10**decimals

    def write(minor: int) -> str:
        before, after = minus if minor < 0 else plus
        whole, rest = divmod(abs(minor), scale)
        digits = f"{whole:,}".replace(",", group)
        return f"{before}{digits}{point}{rest:0{decimals}}{after}" if decimals else f"{before}{digits}{after}"

    return write


def _around(text: str) -> tuple[str, str]:
    """What stands before the first and after the last digit."""
    places = [index for index, letter in enumerate(text) if letter.isdigit()]
    return text[: places[0]], text[places[-1] + 1 :]


def amount_text(minor: int, currency: str, *, accounting: bool = False) -> str:
    """One amount in minor units, in the current reader's locale."""
    return amount_writer(currency, reader(), accounting=accounting)(minor)


@lru_cache(maxsize=8192)
def day_text(day: date, locale: Locale) -> str:
    """A day as people of ``locale`` write it, short but with the month's name."""
    return str(format_date(day, format="medium", locale=locale))


def moment_text(moment: datetime, locale: Locale) -> str:
    """A moment in the active time zone (the marketplace's), to the minute."""
    local = timezone.localtime(moment).replace(second=0, microsecond=0, tzinfo=None)
    return _moment_text(local, locale)


@lru_cache(maxsize=8192)
def _moment_text(local: datetime, locale: Locale) -> str:
    day = format_date(local, format="medium", locale=locale)
    return f"{day}, {format_datetime(local, 'HH:mm', locale=locale)}"


def price_text(value: Decimal, currency: str) -> str:
    """A unit price (major units) as the reader writes money: with all its decimals, at least the currency's."""
    text = format_currency(
        value,
        currency,
        locale=reader(),
        currency_digits=False,
        decimal_quantization=False,
        format=_pattern(reader(), exponent(currency), accounting=False),
    )
    return LETTER_THEN_DIGIT.sub(NO_BREAK_SPACE, text)


def exact_text(value: Decimal) -> str:
    """A quantity as the reader writes numbers, with all its decimals and no idle zeros."""
    return str(format_decimal(value, format="#,##0.############", locale=reader(), decimal_quantization=False))


def percent_text(rate: Decimal) -> str:
    """A rate (a fraction) in percent: ``19 %``, ``7.7 %``."""
    return f"{exact_text(rate * 100)}{NO_BREAK_SPACE}%"
