"""Money as integers: how amounts are read, rounded, split and shown.

Amounts are counted in the currency's minor units (cents, yen, fils). The exponent comes from ISO 4217,
which states the accounting unit; Babel's CLDR data describes cash practice and is used for display only.
"""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from math import floor

from babel.numbers import format_currency
from django.utils.translation import gettext as _

MAX_AMOUNT = 10**15
"""No amount is larger, in minor units, so that sums stay far below what the database's integers hold."""
EXACT = Context(prec=100)
"""Prices and quantities meet here without being rounded on the way (the usual context keeps 28 digits)."""

ONE = Decimal(1)

_NO_MINOR_UNIT = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_HUNDREDTHS = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY "
    "COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS "
    "INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR "
    "MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD "
    "SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG"
)
EXPONENTS: dict[str, int] = (
    dict.fromkeys(_NO_MINOR_UNIT.split(), 0)
    | dict.fromkeys(_THOUSANDTHS.split(), 3)
    | dict.fromkeys(_HUNDREDTHS.split(), 2)
)


class AmountError(ValueError):
    """The text is not an amount of this currency; the message is written for the person who typed it."""


def exponent(currency: str) -> int:
    """The number of decimals of an ISO 4217 currency: 0, 2 or 3. Raises KeyError for any other code."""
    return EXPONENTS[currency]


@lru_cache(maxsize=8)
def _pattern(decimals: int) -> re.Pattern[str]:
    fraction = rf"(?:\.([0-9]{{1,{decimals}}}))?" if decimals else "()"
    return re.compile(rf"([0-9]{{1,12}}){fraction}")


def parse_amount(text: str, *, currency: str) -> int:
    """Read an amount such as ``1234.50`` into minor units; plain ASCII digits and one point, nothing else."""
    decimals = exponent(currency)
    match = _pattern(decimals).fullmatch(text)
    if match is None:
        example = "1234" if not decimals else "1234." + "50"[:decimals].ljust(decimals, "0")
        raise AmountError(
            _("Enter an amount in %(currency)s such as %(example)s, without signs or separators.")
            % {"currency": currency, "example": example}
        )
    whole, fraction = match.groups()
    return int(whole + (fraction or "").ljust(decimals, "0"))


def round_half_up(value: Decimal) -> int:
    """Round to the nearest integer, a half away from zero: the rounding of every line and tax."""
    return int(value.quantize(ONE, ROUND_HALF_UP, EXACT))


def proportion(total: int, part: Decimal | int, whole: Decimal | int) -> int:
    """``total`` x ``part`` / ``whole`` in minor units, rounded half-up once; nothing is below zero."""
    if isinstance(part, int) and isinstance(whole, int):  # Days and amounts, ten times as quickly.
        return (2 * total * part + whole) // (2 * whole)
    return floor(Fraction(total) * Fraction(part) / Fraction(whole) + Fraction(1, 2))


def to_minor(value: Decimal, *, currency: str) -> int:
    """Turn a price in major units (Decimal) into minor units, rounded half-up."""
    return round_half_up(value.scaleb(exponent(currency), context=EXACT))


def to_major(minor: int, *, currency: str) -> Decimal:
    """Turn minor units into an exact Decimal in major units, with the currency's number of decimals."""
    return Decimal(minor).scaleb(-exponent(currency))


def plain_amount(minor: int, *, currency: str) -> str:
    """Write an amount as ``parse_amount`` reads it, for form fields and exports."""
    return f"{to_major(minor, currency=currency):f}"


def plain_price(price: Decimal, *, currency: str) -> str:
    """Write a unit price (major units) in full for a form field: with the currency's decimals at least."""
    decimals = exponent(currency)
    whole, _point, fraction = f"{price:f}".partition(".")
    fraction = fraction.rstrip("0").ljust(decimals, "0")
    return f"{whole}.{fraction}" if fraction else whole


def format_amount(minor: int, currency: str, locale: str = "en") -> str:
    """Write an amount for people, with the currency and the separators of their locale."""
    decimals = exponent(currency)
    return format_currency(
        to_major(minor, currency=currency),
        currency,
        format=_display_pattern(decimals),
        locale=locale.replace("-", "_"),
        currency_digits=False,
    )


@lru_cache(maxsize=8)
def _display_pattern(decimals: int) -> str:
    return "#,##0" + ("." + "0" * decimals if decimals else "") + "\u00a0¤¤"


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Share ``total`` minor units in proportion to ``weights``, by largest remainder.

    The shares always add up to ``total``; ties go to the earlier weight. A share never exceeds its weight
    while ``total`` does not exceed their sum. Raises ValueError when there is nothing to share over.
    """
    whole = sum(weights)
    if total == 0:
        return [0] * len(weights)
    if total < 0 or whole <= 0 or min(weights) < 0:
        raise ValueError("split needs a total of at least 0 and weights of at least 0 that are not all 0")
    shares = [total * weight // whole for weight in weights]
    remainders = sorted(range(len(weights)), key=lambda i: (-(total * weights[i] % whole), i))
    for index in remainders[: total - sum(shares)]:
        shares[index] += 1
    return shares
