"""What a quantity costs for one whole period: flat, per unit, tiered or by volume.

- flat: one price, whatever the quantity;
- unit: the price times the quantity;
- tiered: each tier prices the units that fall into it (10 at 5.00, the next 40 at 4.00);
- volume: the tier that the whole quantity reaches prices all units.

A quantity below zero, which only usage can reach, costs what the first tier says.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from core.money import EXACT

Model = Literal["flat", "unit", "tiered", "volume"]
Part = tuple[Decimal, Decimal]
"""A quantity and the price of one of it, in major units."""
ONE = Decimal(1)
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Tier:
    """A price in major units per unit, up to and including ``upto`` units (None: all that follow)."""

    upto: Decimal | None
    price: Decimal


@dataclass(frozen=True, slots=True)
class Pricing:
    """How a quantity is priced. Raises ValueError when the tiers don't rise, leave a rest or cost less than nothing."""

    model: Model
    tiers: tuple[Tier, ...]

    def __post_init__(self) -> None:
        """Refuse tiers that could not price every quantity."""
        steps = [tier.upto for tier in self.tiers if tier.upto is not None]
        if not self.tiers or self.tiers[-1].upto is not None or len(steps) != len(self.tiers) - 1:
            raise ValueError("only the last tier has no end")
        if any(low >= high for low, high in zip([ZERO, *steps], steps, strict=False)):
            raise ValueError("tiers rise from above 0")
        if any(tier.price < 0 for tier in self.tiers):
            raise ValueError("a price is at least 0")
        if self.model in ("flat", "unit") and len(self.tiers) != 1:
            raise ValueError(f"{self.model} has one price")


def flat(price: Decimal) -> Pricing:
    """One price for a period, whatever the quantity."""
    return Pricing("flat", (Tier(None, price),))


def per_unit(price: Decimal) -> Pricing:
    """A price per unit."""
    return Pricing("unit", (Tier(None, price),))


def tiered(*tiers: tuple[Decimal | None, Decimal]) -> Pricing:
    """Tiers of (up to, price), each pricing the units inside it."""
    return Pricing("tiered", tuple(Tier(*tier) for tier in tiers))


def volume(*tiers: tuple[Decimal | None, Decimal]) -> Pricing:
    """Tiers of (up to, price), the one reached pricing all units."""
    return Pricing("volume", tuple(Tier(*tier) for tier in tiers))


def price_of(pricing: Pricing, quantity: Decimal) -> tuple[Decimal, Sequence[Part]]:
    """The price of ``quantity`` in major units, exact and not rounded, and the parts that it is the sum of."""
    tiers = pricing.tiers
    if len(tiers) == 1:
        price = tiers[0].price
        if pricing.model == "flat":
            return price, ((ONE, price),)
        return EXACT.multiply(quantity, price), ((quantity, price),)
    parts = _tiers_used(tiers, quantity) if pricing.model == "tiered" else [(quantity, _reached(tiers, quantity))]
    total = ZERO
    for units, price in parts:
        total = EXACT.add(total, EXACT.multiply(units, price))
    return total, parts


def _reached(tiers: Sequence[Tier], quantity: Decimal) -> Decimal:
    return next(tier.price for tier in tiers if tier.upto is None or quantity <= tier.upto)


def _tiers_used(tiers: Sequence[Tier], quantity: Decimal) -> list[Part]:
    parts: list[Part] = []
    below = ZERO
    for tier in tiers:
        if tier.upto is None or quantity <= tier.upto:
            return [*parts, (quantity - below, tier.price)]
        parts.append((tier.upto - below, tier.price))
        below = tier.upto
    raise AssertionError("the last tier has no end")
