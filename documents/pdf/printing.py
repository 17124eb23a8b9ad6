"""Turns a document's frozen figures into the texts that a template prints, in one language.

Pure. Templates see texts, lists and dicts of texts, never a number to calculate with or an object to reach through.
What only one kind of document has, its kind adds.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent

from core.money import exponent, format_amount, to_major
from core.printable import one_line, printable
from documents.domain.kinds import Content, Line, Party, Tax, kind_called

DASH = "\N{EN DASH}"
SCHEMA = 1
"""The version of the dictionary that templates see."""


def present(
    content: Content,
    *,
    kind: str,
    language: str,
    images: Mapping[str, str] | None = None,
    page_size: str = "A4",
    unified: bool = False,
) -> dict[str, Any]:
    """The dictionary for a template of ``kind`` in ``language``; ``documents.templates.variables`` describes it.

    ``images`` are data addresses by name, ``page_size`` is a paper that CSS knows, and ``unified`` shows what was used
    on the document since its issue.
    """
    locale = Locale.parse(language.replace("-", "_"))
    currency = content["currency"]
    shown = {
        "schema": SCHEMA,
        "kind": kind,
        "language": language,
        "page": {"size": page_size},
        "images": {"logo": "", **(images or {})},
        "currency": currency,
        "number": one_line(content["number"]),
        "issue_date": day(content["issue_date"], locale),
        "effective_date": day(content["effective_date"], locale),
        "voided_on": day(content["voided_on"], locale),
        "merchant": _party(content["merchant"], locale),
        "payer": _party(content["payer"], locale),
        "billed_user": one_line(content["billed_user"]),
        "note": printable(content["note"]),
        "lines": [_line(line, currency, locale) for line in content["lines"]],
        "taxes": [_tax(tax, currency, locale) for tax in content["taxes"]],
        "net": amount(content["net"], currency, locale),
        "tax": amount(content["tax"], currency, locale),
        "total": amount(content["total"], currency, locale),
    }
    own = kind_called(kind)
    return shown | own.texts(content, locale) | ({"unified": unified} if own.has_unified else {})


def day(iso: str, locale: Locale) -> str:
    """A day in the words of the language; empty stays empty."""
    return format_date(date.fromisoformat(iso), "long", locale) if iso else ""


def _party(party: Party, locale: Locale) -> dict[str, Any]:
    town = " ".join(part for part in (party["postal_code"], party["city"]) if part)
    country = locale.territories.get(party["country"], party["country"])
    address = [one_line(row) for row in (party["street"], town, country) if row]
    name = one_line(party["name"])
    return {
        "name": name,
        "address": address,
        "tax_number": one_line(party["tax_number"]),
        "line": " · ".join([name, *address]),
    }


def _line(line: Line, currency: str, locale: Locale) -> dict[str, str]:
    decimals = exponent(currency)
    return {
        "description": one_line(line["description"]),
        "period": _period(line["period_from"], line["period_to"], locale),
        "quantity": format_decimal(Decimal(line["quantity"]), "#,##0.######", locale=locale),
        "unit_price": format_decimal(
            Decimal(line["unit_price"]), f"#,##0.{'0' * decimals}{'#' * (8 - decimals)}", locale=locale
        ),
        "discount": _figure(line["discount"], currency, locale) if line["discount"] else "",
        "tax_rate": ", ".join(rate(tax["rate"], locale) for tax in line["taxes"]) or DASH,
        "net": _figure(line["net"], currency, locale),
    }


def _tax(tax: Tax, currency: str, locale: Locale) -> dict[str, str]:
    return {
        "name": one_line(tax["name"]),
        "rate": rate(tax["rate"], locale),
        "base": _figure(tax["base"], currency, locale),
        "amount": _figure(tax["amount"], currency, locale),
    }


def rate(fraction: str, locale: Locale) -> str:
    """A fraction as percents: "0.19" is "19 %" in German and "19%" in English."""
    return format_percent(Decimal(fraction).normalize(), locale=locale, decimal_quantization=False)


def amount(minor: int, currency: str, locale: Locale) -> str:
    """An amount in minor units with its currency."""
    return format_amount(minor, currency, str(locale))


def _figure(minor: int, currency: str, locale: Locale) -> str:
    """An amount of the document's currency without naming it."""
    decimals = exponent(currency)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return format_decimal(to_major(minor, currency=currency), pattern, locale=locale)


def _period(start: str, end: str, locale: Locale) -> str:
    days = [format_date(date.fromisoformat(iso), "medium", locale) for iso in (start, end) if iso]
    return f" {DASH} ".join(days)
