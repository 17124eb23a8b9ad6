"""Flat, per unit, tiered and by volume."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscriptions.domain.pricing import Pricing, Tier, flat, per_unit, price_of, tiered, volume

D = Decimal
TIERS = ((D(10), D("5.00")), (D(50), D("4.00")), (None, D("2.50")))


@pytest.mark.parametrize(
    ("pricing", "quantity", "price"),
    [
        (flat(D("49.90")), D(0), D("49.90")),
        (flat(D("49.90")), D(700), D("49.90")),
        (per_unit(D("31.00")), D(15), D("465.00")),
        (per_unit(D("0.00012345")), D("1.000001"), D("0.00012345012345")),
        (tiered(*TIERS), D(0), D(0)),
        (tiered(*TIERS), D(10), D("50.00")),
        (tiered(*TIERS), D(11), D("54.00")),
        (tiered(*TIERS), D(50), D("210.00")),
        (tiered(*TIERS), D("60.5"), D("236.250")),
        (tiered(*TIERS), D(-3), D("-15.00")),
        (volume(*TIERS), D(10), D("50.00")),
        (volume(*TIERS), D(11), D("44.00")),
        (volume(*TIERS), D(50), D("200.00")),
        (volume(*TIERS), D(60), D("150.00")),
    ],
)
def test_the_price_of_a_quantity(pricing: Pricing, quantity: D, price: D) -> None:
    total, parts = price_of(pricing, quantity)
    assert total == price
    assert sum(units * each for units, each in parts) == price


def test_a_tier_just_filled_leaves_no_empty_part() -> None:
    assert price_of(tiered(*TIERS), D(10))[1] == [(D(10), D("5.00"))]


@pytest.mark.parametrize(
    "tiers",
    [
        (),
        (Tier(D(10), D(1)),),
        (Tier(None, D(1)), Tier(None, D(1))),
        (Tier(D(10), D(1)), Tier(D(10), D(1)), Tier(None, D(1))),
        (Tier(D(0), D(1)), Tier(None, D(1))),
        (Tier(None, D(-1)),),
    ],
)
def test_tiers_that_leave_something_unpriced_are_refused(tiers: tuple[Tier, ...]) -> None:
    with pytest.raises(ValueError, match=r"tier|price"):
        Pricing("tiered", tiers)


def test_a_unit_has_one_price() -> None:
    with pytest.raises(ValueError, match="one price"):
        Pricing("unit", (Tier(D(1), D(1)), Tier(None, D(1))))


@given(quantity=st.decimals(0, 200, places=3), more=st.decimals(0, 200, places=3))
def test_more_never_costs_less_in_tiers(quantity: D, more: D) -> None:
    pricing = tiered(*TIERS)
    assert price_of(pricing, quantity)[0] <= price_of(pricing, quantity + more)[0]
