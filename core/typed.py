"""Amounts and numbers as people type them: as their pages print them, or plain.

A dot and a comma are read so, in this order (ADR 54):

* both are there: the last one parts off the decimals, the other one thousands;
* one is there several times: it parts thousands;
* one is there once: where it parts thousands in the reader's locale and three digits follow one to three, it does so;
  anywhere else it parts off the decimals.

Blanks and apostrophes part thousands. Whatever parts thousands stands before every three digits, and is the same each
time. Digits are 0 to 9; there are no exponents and no letters but the currency's own.
"""

import re
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import get_currency_symbol
from django.utils.translation import gettext as _

from core.formats import amount_writer, reader
from core.money import AmountError, exponent, plain_amount

LONGEST = 80
"""No amount is longer; longer texts are not looked at."""
BLANKS = " \N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}"
_ALIKE = str.maketrans(dict.fromkeys(BLANKS, " ") | {"\N{RIGHT SINGLE QUOTATION MARK}": "'"})
_SHAPE = re.compile(r"[0-9](?:[ '.,]?[0-9])*")
_GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([ '.,])[0-9]{3})(?:\1[0-9]{3})*")
_PLAIN = re.compile(r"([0-9]{1,12})(?:\.([0-9]{1,12}))?")


class NotANumber(ValueError):
    """The text is no number; whoever asked says it in words."""


def read_number(text: str, *, locale: Locale | None = None) -> str:
    """The number that somebody of ``locale`` (the reader's) typed, as ASCII digits and at most one point.

    Raises NotANumber.
    """
    text = text.translate(_ALIKE).strip(" ")
    if len(text) > LONGEST or not _SHAPE.fullmatch(text):
        raise NotANumber(text[:LONGEST])
    mark = _decimal_mark(text, locale or reader())
    whole, _mark, fraction = text.rpartition(mark) if mark else (text, "", "")
    if not whole.isdigit():
        if not _GROUPED.fullmatch(whole) or (mark and mark in whole):
            raise NotANumber(text)
        whole = re.sub("[ '.,]", "", whole)
    plain = f"{whole}.{fraction}" if fraction else whole
    if not _PLAIN.fullmatch(plain):
        raise NotANumber(text)
    return plain


def _decimal_mark(text: str, locale: Locale) -> str:
    """The dot or comma that parts off decimals; empty when there are none."""
    marks = [letter for letter in text if not letter.isdigit()]
    if not marks or marks[-1] not in ".," or marks.count(marks[-1]) > 1:
        return ""
    is_thousands = len(marks) == 1 and marks[0] == _marks(locale)[0] and _GROUPED.fullmatch(text)
    return "" if is_thousands else marks[-1]


@lru_cache(maxsize=64)
def _marks(locale: Locale) -> tuple[str, str]:
    """What parts thousands and what parts off decimals."""
    symbols = locale.number_symbols.get("latn") or {}
    return str(symbols.get("group", ",")), str(symbols.get("decimal", "."))


def read_amount(text: str, *, currency: str, locale: Locale | None = None) -> int:
    """The amount in minor units that somebody typed, with or without the currency's sign or code.

    Raises AmountError in words for the person, with an example in their own writing.
    """
    locale, decimals = locale or reader(), exponent(currency)
    try:
        whole, _point, fraction = read_number(without_currency(text, currency, locale), locale=locale).partition(".")
    except NotANumber:
        whole, fraction = "", "." * (decimals + 1)
    if len(fraction) > decimals:
        example = _grouped(123450 if decimals else 1234, currency, locale)
        raise AmountError(
            _("Enter an amount in %(currency)s such as %(example)s.") % {"currency": currency, "example": example}
        )
    return int(whole + fraction.ljust(decimals, "0"))


def read_signed_amount(text: str, *, currency: str, locale: Locale | None = None) -> int:
    """The same with a minus before it, or in brackets, where it is below zero."""
    text, is_below = _without_sign(text)
    minor = read_amount(text, currency=currency, locale=locale)
    return -minor if is_below else minor


def read_signed_number(text: str, *, locale: Locale | None = None) -> Decimal:
    """A number that may be below zero. Raises NotANumber."""
    text, is_below = _without_sign(text)
    number = Decimal(read_number(text, locale=locale))
    return -number if is_below else number


def _without_sign(text: str) -> tuple[str, bool]:
    text = text.translate(_ALIKE).strip(" ")
    if text.startswith(("-", "\N{MINUS SIGN}")):
        return text[1:], True
    if text.startswith("(") and text.endswith(")"):
        return text[1:-1], True
    return text, False


def without_currency(text: str, currency: str, locale: Locale) -> str:
    """The text without the currency's code or sign before or behind it."""
    text = text.translate(_ALIKE).strip(" ")
    for name in _names(currency, locale):
        size = len(name)
        if text[:size].upper() == name:
            return text[size:].strip(" ")
        if text[-size:].upper() == name:
            return text[:-size].strip(" ")
    return text


@lru_cache(maxsize=256)
def _names(currency: str, locale: Locale) -> tuple[str, ...]:
    """What the currency is called, the longest first."""
    signs = {get_currency_symbol(currency, locale=each).upper() for each in (locale, "en", "de", "fr")}
    return tuple(sorted(signs | {currency}, key=lambda name: (-len(name), name)))


def _grouped(minor: int, currency: str, locale: Locale) -> str:
    """An amount as the page prints it, without its currency."""
    written = amount_writer(currency, locale)(minor)
    digits = [place for place, letter in enumerate(written) if letter.isdigit()]
    return written[digits[0] : digits[-1] + 1]


def typed_number(plain: str, *, locale: Locale | None = None) -> str:
    """A plain number (``1234.5``) as somebody of ``locale`` (the reader's) would type it, so that it is read back."""
    return plain.replace(".", _marks(locale or reader())[1])


def typed_amount(minor: int, *, currency: str, locale: Locale | None = None) -> str:
    """An amount as somebody would type it into its box, so that it is read back."""
    return typed_number(plain_amount(minor, currency=currency), locale=locale)


def is_clear(text: str, *, locale: Locale | None = None) -> bool:
    """Whether nobody could take the text for another number: digits, and decimals other than three as the locale's."""
    mark = re.escape(_marks(locale or reader())[1])
    return re.fullmatch(rf"[0-9]*(?:{mark}(?:[0-9]{{0,2}}|[0-9]{{4,}}))?", text.strip(BLANKS)) is not None
