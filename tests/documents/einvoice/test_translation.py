"""What is refused is what the official rules refuse, and each reason says so; what is said is said exactly."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from core.money import EXPONENTS
from documents.domain.kinds import Content, Line
from documents.einvoice import codes, translation
from documents.einvoice.output import WRITERS
from documents.einvoice.translation import NotRepresentable, from_content
from documents.einvoice.words import words_for
from tests.documents.einvoice.reading import SYNTAXES, Read, written
from tests.support.kinds import BRUENN, NORDMARKT, content


def line(net: int, rate: str = "0.19", **changes: Any) -> Line:
    """A line of one unit."""
    found = Line(
        description="Seats",
        period_from="",
        period_to="",
        quantity="1",
        unit_price=f"{Decimal(net) / 100:f}",
        discount=0,
        net=net,
        taxes=[{"name": "VAT", "rate": rate}],
    )
    return {**found, **changes}  # type: ignore[typeddict-item]


def of(*lines: Line, taxes: tuple[int, ...], **changes: Any) -> Content:
    """A memo of these lines; ``taxes`` are the amounts per line."""
    net, tax = sum(each["net"] for each in lines), sum(taxes)
    rows = [
        {**rate, "base": each["net"], "amount": amount}
        for each, amount in zip(lines, taxes, strict=True)
        for rate in each["taxes"][:1]
    ]
    figures = {"net": net, "tax": tax, "total": net + tax, "due": net + tax}
    return content(**{"lines": list(lines), "taxes": rows, **figures, **changes})


def unguarded(found: Content) -> list[Read]:
    """The document as if nothing were refused: what the rules say of it then."""
    model = translation._translated(found, "credit_memo", words_for(["en"]))
    return [Read(syntax, WRITERS[syntax](model)) for syntax in SYNTAXES]


TWO = [{"name": "VAT", "rate": "0.2"}, {"name": "City", "rate": "0.05"}]
COUNTRY = "FX-SCH-A-000568"  # What CII's rules call BR-CL-14.
CURRENCY = "FX-SCH-A-000595"  # And BR-CL-04.
REFUSED: dict[str, tuple[Callable[[], Content], str, set[str]]] = {
    "three decimals": (
        lambda: of(line(90001), taxes=(17100,), currency="KWD"),
        "Amounts in KWD have three decimals, and the standard allows two.",
        {"BR-DEC-12"},
    ),
    "retired currency": (
        lambda: content(currency="BGN"),
        "The standard does not know the currency BGN.",
        {"BR-CL-04", CURRENCY},
    ),
    "seller without country": (
        lambda: content(merchant={**NORDMARKT, "country": ""}),
        "Nordmarkt GmbH has no country in its address.",
        {"BR-09", "XSD"},
    ),
    "buyer without country": (
        lambda: content(payer={**BRUENN, "country": ""}),
        "Brünn & Söhne has no country in its address.",
        {"BR-11", "XSD"},
    ),
    "no such country": (
        lambda: content(payer={**BRUENN, "country": "UK"}),
        "The country UK of Brünn & Söhne is not a country code.",
        {"BR-CL-14", COUNTRY},
    ),
    "seller without tax number": (
        lambda: content(merchant={**NORDMARKT, "tax_number": " "}),
        "Nordmarkt GmbH has no tax number, and charges tax.",
        {"BR-S-02"},
    ),
    "zero rate without tax number": (
        lambda: of(line(9000, "0"), taxes=(0,), merchant={**NORDMARKT, "tax_number": ""}),
        "Nordmarkt GmbH has no tax number, and charges tax.",
        {"BR-Z-02"},
    ),
    "no name": (lambda: content(payer={**BRUENN, "name": "\t"}), "A party has no name.", {"BR-07"}),
    "no description": (
        lambda: of(line(9000, description=" "), taxes=(1710,)),
        "Line 1 has no description.",
        {"BR-25", "XSD"},
    ),
    "several taxes": (
        lambda: of(line(10000, taxes=TWO), taxes=(2500,)),
        "Line 1 has several taxes, and the standard allows one.",
        {"BR-CO-17"},
    ),
    "period": (
        lambda: of(line(9000, period_from="2026-05-02", period_to="2026-05-01"), taxes=(1710,)),
        "The period of line 1 ends before it begins.",
        {"BR-30"},
    ),
    "tax only": (
        lambda: of(line(0), taxes=(100,)),
        "The tax at 19 % is 1.00, and the standard requires 19 % of 0.00.",
        {"BR-S-09"},
    ),
    "less than half a percent": (
        lambda: of(line(12500, "0.004"), taxes=(50,)),
        "The tax at 0.4 % is 0.50, and the standard requires 0.4 % of 125.00.",
        {"BR-CO-17"},
    ),
    "rounding that adds up": (
        lambda: of(*[line(5, "0.1", unit_price="5")] * 4, taxes=(1,) * 4, currency="JPY"),
        "The tax at 10 % is 4, and the standard requires 10 % of 20.",
        {"BR-CO-17"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_rules_refuse_is_refused_before_and_says_why(name: str) -> None:
    make, reason, rules = REFUSED[name]
    found = make()
    with pytest.raises(NotRepresentable) as refused:
        from_content(found, "credit_memo")
    assert refused.value.reasons == [reason]
    assert refused.value.message == f"No EN 16931 e-invoice can be created for CM-2026-00042. {reason}"
    for read in unguarded(found):
        assert read.broken() & rules, read.broken()


@pytest.mark.parametrize(
    "found",
    [
        of(line(0), taxes=(99,)),
        of(line(1000, "0.004"), taxes=(4,)),
        of(line(100_000, "0.005"), taxes=(500,)),
        of(*[line(7, "0.1", unit_price="7")] * 2, taxes=(1, 1), currency="JPY"),
        of(line(9000, taxes=[]), taxes=(0,)),
        of(line(-5000, "0.07", quantity="-1", unit_price="50"), line(9000), taxes=(-350, 1710)),
        content(payer={**BRUENN, "name": "Ünïcode \ufffe\x00 & <Söhne> \U0001f600", "city": "", "street": ""}),
        content(note="Two\nlines\u202e", billed_user="", source=None, merchant_code=""),
        content(rows=60),
    ],
)
def test_what_is_just_allowed_holds(found: Content) -> None:
    assert [read.broken() for read in written(found, "credit_memo")] == [set(), set()]


def test_all_reasons_are_told_at_once() -> None:
    found = content(payer={**BRUENN, "country": ""}, currency="KWD", voided_on="2026-06-01")
    with pytest.raises(NotRepresentable) as refused:
        from_content(found, "credit_memo")
    assert refused.value.reasons == [
        "It is void, which the standard can't express.",
        "Amounts in KWD have three decimals, and the standard allows two.",
        "Brünn & Söhne has no country in its address.",
    ]


SOME_CURRENCIES = [code for at, (code, decimals) in enumerate(EXPONENTS.items()) if decimals != 2 or at % 10 == 0]


@pytest.mark.slow
@pytest.mark.parametrize(
    "currencies",
    [sorted({*SOME_CURRENCIES, *codes.RETIRED_CURRENCIES}), pytest.param(list(EXPONENTS), marks=pytest.mark.long)],
    ids=["unusual", "all"],
)
def test_every_currency_is_allowed_or_refused_as_the_rules_say(currencies: list[str]) -> None:
    for currency in currencies:
        decimals = EXPONENTS[currency]
        found = of(line(90001), taxes=(17100,), currency=currency)
        broken = {rule for read in unguarded(found) for rule in read.broken()}
        assert bool(broken & {"BR-CL-04", CURRENCY}) == (currency in codes.RETIRED_CURRENCIES), currency
        assert ("BR-DEC-12" in broken) == (decimals == 3), currency


def test_the_same_figures_give_the_same_bytes() -> None:
    first, second = (written(content(), "invoice") for _ in range(2))
    assert [read.xml for read in first] == [read.xml for read in second]
    assert first[0].xml.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<Invoice ")


def test_the_words_are_those_of_the_customers_language() -> None:
    found = of(line(9000, taxes=[]), taxes=(0,))
    reasons = {language: written({**found, "languages": [language]}, "invoice")[0].all("reasons")
               for language in ("de-AT", "fr", "sv")}  # fmt: skip
    assert reasons == {
        "de-AT": ["Für diese Leistung wird keine Steuer berechnet."],
        "fr": ["Aucune taxe n'est facturée sur cette prestation."],
        "sv": ["No tax is charged on this supply."],
    }


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        (("15", "31", 0, 40500), ("15", "27")),
        (("15", "31", 1000, 45500), ("15", "31")),
        (("3", "10", 0, 1000), ("3", "3.33333333")),
        (("0", "10", 0, 1000), ("1", "10")),
        (("1000000000", "0.01", 0, 333), ("1", "3.33")),
        (("1", "0", 0, 0), ("1", "0")),
        (("-2", "10", 0, -2000), ("-2", "10")),
        (("2", "-10", 0, -2000), ("-2", "10")),
    ],
)
def test_quantity_and_price_multiply_to_the_amount(figures: Any, expected: tuple[str, str]) -> None:
    quantity, price, discount, net = figures
    found = line(net, quantity=quantity, unit_price=price, discount=discount)
    made = translation._line(1, found, "EUR", words_for([]), is_outside=False)
    assert (f"{made.quantity:f}", f"{made.price:f}") == expected
