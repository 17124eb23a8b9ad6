"""Percentages and fixed amounts: where they hold, and that they never exceed the price."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rating import Discount, Item, rate
from billing.rating.discounts import holding, take
from tests.billing.rating.contracts import BERLIN, SUITE, TAXED, contract, event, recurring, run, terms

D = Decimal
MAY = date(2026, 5, 1)


def percent(rate: str, key: str = "p", **scope: object) -> Discount:
    return Discount(key=key, rate=D(rate), **scope)  # type: ignore[arg-type]


def fixed(amount: int, key: str = "f", **scope: object) -> Discount:
    return Discount(key=key, fixed=amount, **scope)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("scope", "held"),
    [
        ({}, True),
        ({"product": "suite"}, True),
        ({"product": "mail"}, False),
        ({"edition": "pro"}, True),
        ({"product": "suite", "edition": "basic"}, False),
        ({"plan": "monthly"}, True),
        ({"plan": "yearly"}, False),
        ({"first": MAY}, True),
        ({"first": date(2026, 5, 2)}, False),
        ({"last": MAY}, True),
        ({"last": date(2026, 4, 30)}, False),
        ({"first": MAY, "last": MAY}, True),
    ],
)
def test_where_it_holds(scope: dict[str, object], held: bool) -> None:
    offer = Discount(key="p", rate=D("0.1"), **scope)  # type: ignore[arg-type]
    assert bool(holding([offer], SUITE, MAY)) is held


def test_percentages_are_taken_first_and_of_the_price() -> None:
    off, taken = take(D(10_000), holding([fixed(500), percent("0.2", "b"), percent("0.1", "a")], SUITE, MAY))
    assert [(each.key, each.amount) for each in taken] == [("a", 1000), ("b", 2000), ("f", 500)]
    assert off == 3500


def test_together_they_stop_at_the_price() -> None:
    off, taken = take(D(10_000), [percent("0.6", "a"), percent("0.6", "b"), fixed(1)])
    assert off == 10_000
    assert [each.amount for each in taken] == [6000, 4000, 0]


@pytest.mark.parametrize("size", [{}, {"rate": D("0.1"), "fixed": 5}, {"rate": D("-0.1")}, {"fixed": -1}])
def test_a_discount_is_one_of_both(size: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="discount"):
        Discount(key="x", **size)  # type: ignore[arg-type]


@given(
    amount=st.integers(0, 10**12),
    rates=st.lists(st.decimals(0, 2, places=4), max_size=3),
    amounts=st.lists(st.integers(0, 10**6), max_size=3),
    days=st.integers(1, 31),
)
def test_never_above_the_price(amount: int, rates: list[D], amounts: list[int], days: int) -> None:
    discounts = [Discount(key=n, rate=each) for n, each in enumerate(rates)]
    discounts += [Discount(key=n, fixed=each) for n, each in enumerate(amounts, start=10)]
    off, taken = take(D(amount), holding(discounts, SUITE, MAY), days=days, of=31)
    assert 0 <= off <= amount
    assert off == sum(each.amount for each in taken)
    assert all(each.amount >= 0 for each in taken)


class TestOnLines:
    def test_inside_the_net_and_before_tax(self) -> None:
        (line,) = rate(contract(discounts=[percent("0.1")]), [recurring(MAY)], TAXED).charges
        assert (line.amount, line.discount, line.net, line.tax) == (46500, 4650, 41850, 7952)

    def test_a_hundred_percent_leaves_a_line_of_nothing(self) -> None:
        rated, after = run(contract(discounts=[percent("1")]), [recurring(MAY)], TAXED)
        assert [(line.net, line.tax, line.discount) for line in rated.charges] == [(0, 0, 46500)]
        later = after._replace(terms=[*after.terms, terms("down", date(2026, 5, 5), 10)])
        rated = rate(later, [event("downgrade", "down", date(2026, 5, 5))], TAXED)
        assert [(line.net, line.discount) for line in rated.charges] == [(0, 27000)]
        assert (rated.credits, rated.unbilled) == ([], [])  # Nothing was paid, so nothing is owed,
        assert rated.undone == {after.charged[0].key: 27}  # but the days are given back all the same.

    def test_a_fixed_amount_is_prorated_like_the_price(self) -> None:
        known = contract(terms("start", date(2026, 5, 5), 10), anchor=MAY, discounts=[fixed(3100)])
        (line,) = rate(known, [event("purchase", "start", date(2026, 5, 5))], BERLIN).charges
        assert (line.amount, line.discount) == (27000, 2700)

    def test_a_change_in_a_discounted_period_keeps_the_discount(self) -> None:
        offer = percent("0.5", last=date(2026, 5, 3))
        rated, known = run(contract(discounts=[offer]), [recurring(MAY)])
        known = known._replace(terms=[*known.terms, terms("down", date(2026, 5, 5), 10)])
        rated, known = run(known, [event("downgrade", "down", date(2026, 5, 5)), recurring(date(2026, 6, 1))])
        assert [line.net for line in rated.credits] == [20250]
        assert [line.net for line in rated.charges if line.terms == "down"] == [31000, 13500]

    def test_the_credit_keeps_the_discount_that_was_charged(self) -> None:
        """The offer is gone, and another would be there now; the credit goes by what was charged."""
        rated, known = run(contract(discounts=[percent("0.1")]), [recurring(MAY)])
        known = known._replace(discounts=[percent("0.9")], terms=[*known.terms, terms("down", date(2026, 5, 5), 10)])
        rated = rate(known, [event("downgrade", "down", date(2026, 5, 5))], BERLIN)
        assert [line.net for line in rated.credits] == [36450]  # 27 of 31 days of 418.50
        assert [line.net for line in rated.charges] == [2700]

    def test_another_product_has_none(self) -> None:
        known = contract(discounts=[percent("0.1", product="mail")])
        assert rate(known, [recurring(MAY)], replace(BERLIN)).charges[0].discount == 0
        assert holding(known.discounts, Item("mail"), MAY)
