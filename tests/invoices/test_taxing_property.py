"""Tax by document: rounded once for each rate, shared out over the lines without gaining or losing anything."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import round_half_up
from invoices.domain.charging import TaxRate, tax_of
from invoices.domain.taxing import shared_tax, taxes_of

pytestmark = pytest.mark.property

VAT, LOW, CITY = TaxRate("VAT", Decimal("0.19")), TaxRate("VAT", Decimal("0.07")), TaxRate("City", Decimal("0.07"))
nets = st.lists(st.integers(-(10**4), 10**4) | st.integers(-(10**15), 10**15), max_size=40)
rates = st.decimals(0, 1, places=6) | st.sampled_from([Decimal("0.19"), Decimal("0.255"), Decimal(1), Decimal(0)])
lines = st.lists(
    st.tuples(st.integers(0, 10**6), st.lists(st.sampled_from([VAT, LOW, CITY]), unique_by=lambda tax: tax.name)),
    max_size=30,
)


def rounded_up(amounts: list[int], rate: Decimal) -> Counter[Fraction]:
    """How many lines are rounded up, by what their exact share has behind the point."""
    found: Counter[Fraction] = Counter()
    for net, share in zip(amounts, shared_tax(amounts, rate), strict=True):
        exact = Fraction(net) * Fraction(rate)
        found[exact - floor(exact)] += share - floor(exact)
    return found


class TestShares:
    @given(nets, rates)
    def test_they_add_up_to_one_rounding_of_the_sum(self, amounts: list[int], rate: Decimal) -> None:
        exact = Fraction(sum(amounts)) * Fraction(rate)
        total = sum(shared_tax(amounts, rate))
        assert abs(Fraction(total) - exact) <= Fraction(1, 2)
        assert total == round_half_up(Decimal(sum(amounts)) * rate)

    @given(nets, rates)
    def test_each_is_within_one_unit_of_its_exact_share_and_on_its_side_of_zero(
        self, amounts: list[int], rate: Decimal
    ) -> None:
        for net, share in zip(amounts, shared_tax(amounts, rate), strict=True):
            assert abs(share - Fraction(net) * Fraction(rate)) < 1
            assert share * net >= 0

    @given(nets, rates, st.randoms(use_true_random=False))
    def test_the_order_of_the_lines_decides_only_ties(self, amounts: list[int], rate: Decimal, chance: Random) -> None:
        before = rounded_up(amounts, rate)
        chance.shuffle(amounts)
        assert rounded_up(amounts, rate) == before

    def test_ties_go_to_the_earlier_line(self) -> None:
        assert shared_tax([13] * 5, Decimal("0.1")) == [2, 2, 1, 1, 1]

    def test_many_small_lines(self) -> None:
        assert sum(tax_of(13, VAT.rate) for _line in range(250)) == 500
        shares = shared_tax([13] * 250, VAT.rate)
        assert (sum(shares), set(shares)) == (618, {2, 3})

    def test_a_half_is_rounded_away_from_zero(self) -> None:
        assert shared_tax([5], Decimal("0.1")) == [1]
        assert shared_tax([-5], Decimal("0.1")) == [-1]
        assert shared_tax([-3, -2], Decimal("0.1")) == [-1, 0]


class TestDocuments:
    @given(lines)
    def test_each_tax_is_rounded_once_by_name_and_rate(self, drawn: list[tuple[int, list[TaxRate]]]) -> None:
        found = taxes_of(drawn, by_document=True)
        for tax in (VAT, LOW, CITY):
            base = sum(net for net, taxes in drawn if tax in taxes)
            amount = sum(
                share for (_net, taxes), shares in zip(drawn, found, strict=True)
                for own, share in zip(taxes, shares, strict=True) if own == tax
            )  # fmt: skip
            assert amount == tax_of(base, tax.rate)

    @given(lines)
    def test_by_line_each_is_rounded_by_itself(self, drawn: list[tuple[int, list[TaxRate]]]) -> None:
        assert taxes_of(drawn, by_document=False) == [[tax_of(net, tax.rate) for tax in taxes] for net, taxes in drawn]
