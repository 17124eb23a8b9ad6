"""The net of a line is rounded once, half up, from the exact price, days and discounts."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random

import pytest

from billing.rating import ChargeLine, Discount, Item, rate
from billing.rating.explaining import as_json
from subscriptions.domain.pricing import Pricing, per_unit, price_of, tiered
from tests.billing.rating.contracts import BERLIN, contract, event, plan, recurring, terms

D = Decimal
MAY = date(2026, 5, 1)
LINES = 5000


def off(rate: str) -> list[Discount]:
    return [Discount(key="off", rate=D(rate))]


class TestExamples:
    def test_a_percentage_of_a_fee(self) -> None:
        known = contract(terms("start", MAY, 10, plan(per_unit(D("30.75")))), discounts=off("0.05"))
        (line,) = rate(known, [recurring(MAY)], BERLIN).charges
        assert (line.amount, line.discount, line.net) == (30750, 1537, 29213)

    def test_a_part_of_a_fee(self) -> None:
        """16 of 31 days of 1.55 are 0.80; less 5 % of exactly that, 0.76."""
        known = contract(
            terms("start", date(2026, 5, 16), 1, plan(per_unit(D("1.55")))), anchor=MAY, discounts=off("0.05")
        )
        (line,) = rate(known, [event("purchase", "start", date(2026, 5, 16))], BERLIN).charges
        assert (line.amount, line.discount, line.net) == (80, 4, 76)

    def test_an_order(self) -> None:
        order = event("order", "o", MAY, item=Item("setup"), pricing=per_unit(D("30.75")), quantity=D(10))
        (line,) = rate(contract()._replace(terms=(), discounts=off("0.05")), [order], BERLIN).charges
        assert (line.amount, line.discount, line.net) == (30750, 1537, 29213)

    def test_usage_that_comes_in_pieces_ends_at_one_rounding_of_the_period(self) -> None:
        """Three records of 0.333 at 1.00 less 5 %: 0.95 in all, though each by itself would be 0.32."""
        pieces = [event("usage", f"u{n}", MAY, quantity=D("0.333")) for n in range(3)]
        known = contract(terms("start", MAY, 1, plan(usage=per_unit(D(1)))), discounts=off("0.05"))
        (line,) = rate(known, pieces, BERLIN).charges
        assert (line.amount, line.discount, line.net) == (100, 5, 95)

    def test_usage_is_priced_exactly_before_the_discount(self) -> None:
        """1.01 at 0.50 is 0.51 in print; half of exactly 0.505 is 0.2525."""
        used = [event("usage", "u", MAY, quantity=D("1.01"))]
        known = contract(terms("start", MAY, 1, plan(usage=per_unit(D("0.5")))), discounts=off("0.5"))
        (line,) = rate(known, used, BERLIN).charges
        assert (line.amount, line.discount, line.net) == (51, 26, 25)


def exact_net(price: Fraction, days: int, of: int, discounts: list[Discount]) -> int:
    """By fractions alone: the price of the period less its discounts, never below zero, for the days; minor units."""
    whole = price * 100
    left = whole
    for discount in sorted(discounts, key=lambda each: (each.rate is None, str(each.key))):
        size = Fraction(discount.rate) * whole if discount.rate is not None else Fraction(discount.fixed or 0)
        left -= min(size, left)
    return floor(left * days / of + Fraction(1, 2))


def some_discounts(random: Random) -> list[Discount]:
    found = [Discount(key=f"p{n}", rate=D(random.randrange(5000)) / 10000) for n in range(random.randrange(3))]
    return found + [Discount(key=f"f{n}", fixed=random.randrange(2000)) for n in range(random.randrange(2))]


def some_pricing(random: Random) -> Pricing:
    prices = [D(random.randrange(1, 10**7)) / 10 ** random.choice((2, 3, 4)) for _ in range(2)]
    return tiered((D(5), prices[0]), (None, prices[1])) if random.random() < 0.3 else per_unit(prices[0])


def a_line(random: Random) -> tuple[ChargeLine, int]:
    """One line of a fee, an order or usage, and what it should come to."""
    pricing, discounts = some_pricing(random), some_discounts(random)
    quantity = D(random.randrange(1, 40)) / random.choice((1, 1, 4))
    price = Fraction(price_of(pricing, quantity)[0])
    kind = random.choice(("fee", "fee", "order", "usage"))
    if kind == "fee":
        first = MAY + timedelta(days=random.randrange(31))
        known = contract(terms("start", first, str(quantity), plan(pricing)), anchor=MAY, discounts=discounts)
        (line,) = rate(known, [event("purchase", "start", first)], BERLIN).charges
        return line, exact_net(price, 32 - first.day, 31, discounts)
    if kind == "order":
        order = event("order", "o", MAY, item=Item("setup"), pricing=pricing, quantity=quantity)
        (line,) = rate(contract()._replace(terms=(), discounts=discounts), [order], BERLIN).charges
    else:
        known = contract(terms("start", MAY, 1, plan(per_unit(D(0)), usage=pricing)), discounts=discounts)
        (line,) = rate(known, [event("usage", "u", MAY, quantity=quantity)], BERLIN).charges
    return line, exact_net(price, 1, 1, discounts)


@pytest.mark.parametrize("seed", range(10))
def test_a_net_is_one_rounding_of_the_exact_amount(seed: int) -> None:
    random = Random(seed)
    for _ in range(LINES // 10):
        line, expected = a_line(random)
        assert line.net == expected, as_json(line)
        assert line.amount - line.discount == line.net
        taken = [step[4] for step in line.how if step[0] == "discount"]
        assert sum(taken) == line.discount or line.counted == "amount"
