"""Shares of a period, rounded half-up once in currencies of 0, 2 and 3 decimals; used + credited = charged."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.rating import Cancellation, Rules
from billing.rating.proration import price_each, prorated, used
from subscriptions.domain.pricing import per_unit
from tests.billing.rating.contracts import BERLIN, VAT, contract, event, plan, recurring, run, terms

D = Decimal
prices = st.decimals(0, 10**6, places=8)
MAY, FIFTH = date(2026, 5, 1), date(2026, 5, 5)


@given(price=prices, of=st.integers(28, 366), data=st.data(), exponent=st.sampled_from([0, 2, 3]))
def test_a_share_is_the_nearest_minor_unit(price: D, of: int, data: st.DataObject, exponent: int) -> None:
    days = data.draw(st.integers(1, of))
    exact = Fraction(price) * 10**exponent * days / of
    assert prorated(price, days, of, exponent) == floor(exact + Fraction(1, 2))


@pytest.mark.parametrize(("net", "whole", "undone", "left"), [(1, 2, 1, 1), (10, 4, 1, 8), (1485, 31, 27, 192)])
def test_the_used_part_is_what_is_rounded(net: int, whole: int, undone: int, left: int) -> None:
    """A half stays with the used part: 0.01 for two days, one of them used, gives nothing back."""
    assert used(net, whole, undone) == left


@given(net=st.integers(0, 10**12), days=st.integers(1, 366), cuts=st.lists(st.integers(0, 366), max_size=8))
def test_used_and_credited_is_what_was_charged(net: int, days: int, cuts: list[int]) -> None:
    undone = credited = 0
    for cut in cuts:
        more = min(cut, days - undone)
        before = used(net, days, undone)
        undone += more
        credit = before - used(net, days, undone)
        assert credit >= 0
        credited += credit
        assert used(net, days, undone) + credited == net
    assert (undone < days) or credited == net


@given(price=prices, quantity=st.decimals("0.001", 10**4, places=3), days=st.integers(1, 31))
def test_the_printed_price_times_quantity_is_the_amount(price: D, quantity: D, days: int) -> None:
    printed = price_each(price, quantity, days, 31)
    assert abs(Fraction(printed) * Fraction(quantity) - Fraction(price) * days / 31) <= quantity * D("5e-9")


@pytest.mark.parametrize(
    ("currency", "price", "charged", "tax", "credit", "tax_back", "again"),
    [
        ("JPY", "3100", 46500, 8835, 40500, 7695, 27000),
        ("JPY", "99", 1485, 282, 1293, 246, 862),  # 191.6 used, 862.3 of 990 again
        ("EUR", "0.99", 1485, 282, 1293, 246, 862),
        ("KWD", "0.099", 1485, 282, 1293, 246, 862),
        ("KWD", "31.0005", 465_008, 88_352, 405_007, 76_952, 270_004),
    ],
)
def test_currencies_of_other_exponents(
    currency: str, price: str, charged: int, tax: int, credit: int, tax_back: int, again: int
) -> None:
    rules: Rules = replace(BERLIN, currency=currency, taxes={("DE", ""): [VAT]})
    offer = plan(per_unit(D(price)))
    rated, known = run(contract(terms("start", MAY, 15, offer)), [recurring(MAY)], rules)
    assert [(line.net, line.tax) for line in rated.charges] == [(charged, tax)]
    known = known._replace(terms=[*known.terms, terms("ten", FIFTH, 10, offer)])
    rated, known = run(known, [event("downgrade", "ten", FIFTH)], rules)
    assert [(line.net, line.tax) for line in rated.credits] == [(credit, tax_back)]
    assert [line.net for line in rated.charges] == [again]


@given(
    net=st.integers(0, 10**6),
    credited=st.integers(0, 10**6),
    day=st.integers(1, 31),
)
def test_a_cut_off_credit_is_never_lost(net: int, credited: int, day: int) -> None:
    """What a cancellation should give back is given or put on record."""
    _, known = run(contract(), [recurring(MAY)])
    charged = known.charged[0]._replace(net=net, credited_net=min(net, credited))
    last = date(2026, 5, day)
    known = known._replace(charged=[charged], cancellation=Cancellation(last, partial_credit=True))
    rated, known = run(known, [event("cancellation", "end", last)])
    given_back, missing = sum(line.net for line in rated.credits), sum(each.amount for each in rated.unbilled)
    assert given_back + missing == net - used(net, 31, 31 - day)
    assert charged.credited_net + given_back <= net
    assert missing == 0 or charged.credited_net + given_back == net
