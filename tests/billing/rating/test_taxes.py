"""The rate table for charges; the stored rates, cumulative, for credits."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from billing.rating import Cancellation, Contract, Item, Plan, Rules, TaxNotDetermined, rate
from invoices.domain.charging import TaxRate
from tests.billing.rating.contracts import BERLIN, SEAT, VAT, contract, event, recurring, run, terms

D = Decimal
MAY = date(2026, 5, 1)
BOOKS = TaxRate("VAT", D("0.07"))
CITY = TaxRate("City", D("0.035"))
TABLE: Rules = replace(
    BERLIN, taxes={("DE", ""): [VAT], ("DE", "books"): [BOOKS], ("US", ""): [TaxRate("State", D("0.0625")), CITY]}
)


def sold(country: str = "DE", tax_class: str = "", *, exempt: bool = False) -> Contract:
    offer = Plan(item=Item("p", tax_class=tax_class), pricing=SEAT)
    return contract(terms("start", date(2026, 1, 1), 10, offer))._replace(country=country, exempt=exempt)


@pytest.mark.parametrize(
    ("known", "taxes"),
    [
        (sold(), [("VAT", 5890)]),
        (sold(tax_class="software"), [("VAT", 5890)]),
        (sold(tax_class="books"), [("VAT", 2170)]),
        (sold("US"), [("State", 1938), ("City", 1085)]),  # 19.375 and 10.85, each rounded by itself
        (sold("FR"), []),
        (sold(exempt=True), []),
    ],
)
def test_the_table_decides(known: Contract, taxes: list[tuple[str, int]]) -> None:
    (line,) = rate(known, [recurring(MAY)], TABLE).charges
    assert [(tax.name, tax.amount) for tax in line.taxes] == taxes
    assert line.tax == sum(amount for _, amount in taxes)
    assert all(tax.base == line.net for tax in line.taxes)


@pytest.mark.parametrize("known", [sold(""), sold("", "books"), sold("IE", "software")])
def test_a_tax_that_nothing_says_is_not_taken_for_none(known: Contract) -> None:
    """No country, or a class that its country's rows leave out."""
    some = replace(TABLE, taxes={**TABLE.taxes, ("IE", "books"): [BOOKS]})
    with pytest.raises(TaxNotDetermined):
        rate(known, [recurring(MAY)], some)


@pytest.mark.parametrize("known", [sold("", exempt=True), sold("IE", "books", exempt=True)])
def test_the_exempt_need_no_country(known: Contract) -> None:
    assert [line.taxes for line in rate(known, [recurring(MAY)], TABLE).charges] == [()]


def test_without_a_table_nobody_is_taxed() -> None:
    assert [line.taxes for line in rate(sold(""), [recurring(MAY)], BERLIN).charges] == [()]


def test_a_credit_needs_no_country() -> None:
    _, known = run(sold(), [recurring(MAY)], TABLE)
    known = known._replace(country="", cancellation=Cancellation(date(2026, 5, 15), partial_credit=True))
    rated = rate(known, [event("cancellation", "c", date(2026, 5, 15))], TABLE)
    assert [(line.net, line.tax) for line in rated.credits] == [(16000, 3040)]


def test_a_credit_bears_the_rates_of_its_charge() -> None:
    """Since the charge, the rate has risen and the company has moved."""
    rated, known = run(sold("US"), [recurring(MAY)], TABLE)
    known = known._replace(country="DE", terms=[*known.terms, terms("down", date(2026, 5, 5), 4, known.terms[0].plan)])
    rated = rate(known, [event("downgrade", "down", date(2026, 5, 5))], TABLE)
    assert [[(t.name, t.rate, t.amount) for t in line.taxes] for line in rated.credits] == [
        [("State", D("0.0625"), 1688), ("City", D("0.035"), 945)]
    ]
    assert [[t.name for t in line.taxes] for line in rated.charges] == [["VAT"]]


def test_a_company_that_became_exempt_gets_its_tax_back() -> None:
    rated, known = run(sold(), [recurring(MAY)], TABLE)
    rated = rate(known._replace(exempt=True), [event("refund", "r", MAY, source=known.charged[0].key)], TABLE)
    assert [(line.net, line.tax) for line in rated.credits] == [(31000, 5890)]


def test_thirds_of_a_line_give_its_tax_exactly() -> None:
    """10.00 + 2.00 in thirds: 3.33+0.67, 3.33+0.66, 3.34+0.67."""
    rules = replace(BERLIN, taxes={("DE", ""): [TaxRate("VAT", D("0.2"))]})
    known = Contract("order", "account", "DE")
    rated, known = run(known, [event("correction", "sold", MAY, amount=1000, item=Item("p"))], rules)
    parts = []
    for number, amount in enumerate([-333, -333, -334]):
        correction = event("correction", f"c{number}", MAY, amount=amount, source="sold/0")
        rated, known = run(known, [correction], rules)
        parts += [(line.net, line.tax) for line in rated.credits]
    assert parts == [(333, 67), (333, 66), (334, 67)]


def test_thirds_in_one_run() -> None:
    rules = replace(BERLIN, taxes={("DE", ""): [TaxRate("VAT", D("0.2"))]})
    sold_once = event("correction", "sold", MAY, amount=1000, item=Item("p"))
    thirds = [event("correction", f"c{n}", MAY, amount=n, source="sold/0") for n in (-334, -333)]
    rated = rate(Contract("order", "account", "DE"), [sold_once, *thirds, thirds[1]._replace(key="c-332")], rules)
    assert [(line.net, line.tax) for line in rated.credits] == [(333, 67), (333, 66), (334, 67)]


def test_a_stored_tax_is_named_by_its_row() -> None:
    _, known = run(sold(), [recurring(MAY)], TABLE)
    charged = known.charged[0]
    known = known._replace(charged=[charged._replace(taxes=[charged.taxes[0]._replace(key=77)])])
    rated = rate(known, [event("refund", "r", MAY, amount=100, source=charged.key)], TABLE)
    assert [tax.source for tax in rated.credits[0].taxes] == [77]
