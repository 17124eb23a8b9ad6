"""Discounts: a percentage or a fixed amount off, for one product, edition or plan or for all, within a window.

A discount holds for a whole period when its window holds the first day of that period (the first subscribed day in
the first one); so a change in the middle of a period neither gains nor loses it. Percentages are taken from the price
before discounts, fixed amounts follow (prorated like the price); together they never exceed it, the last being cut.
A fixed amount is given once for a subscription and period, over the fee first and then usage; a general one, for no
product, once for an account and the month in which periods begin. What charges took of it before is known by ``Off``.

What is left is rounded once, from the exact price and the exact discounts; what a discount took, as it is printed, is
the difference of what was left before it and after it. So 10 x 30.75 less 5 % is 292.13, and the discount 15.37.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import NamedTuple

from billing.rating.items import Item, Key

HALF = Fraction(1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Discount:
    """Exactly one of ``rate`` (a fraction: 0.1 for 10 %) and ``fixed`` (minor units a period); None means any.

    Raises ValueError when both or neither are given, or when the discount is below zero.
    """

    key: Key
    rate: Decimal | None = None
    fixed: int | None = None
    product: Key | None = None
    edition: Key | None = None
    plan: Key | None = None
    first: date | None = None
    last: date | None = None

    def __post_init__(self) -> None:
        """Refuse what would be no discount, or two."""
        size = self.rate if self.fixed is None else self.fixed
        if size is None or size < 0 or (self.rate is not None and self.fixed is not None):
            raise ValueError("a discount is a rate or a fixed amount of at least 0")

    def holds(self, item: Item, day: date) -> bool:
        """Whether it is for this item and on this day."""
        return (
            (self.first is None or self.first <= day)
            and (self.last is None or day <= self.last)
            and self.product in (None, item.product)
            and self.edition in (None, item.edition)
            and self.plan in (None, item.plan)
        )

    @property
    def is_general(self) -> bool:
        """Whether it is for whatever an account buys."""
        return self.product is None and self.edition is None and self.plan is None

    def place(self, first: date) -> date:
        """What a period that begins on ``first`` counts as: itself, or for a general discount the month."""
        return first.replace(day=1) if self.is_general else first


class Off(NamedTuple):
    """What one charge took of a fixed amount, in minor units, and for which place (see ``Discount.place``)."""

    key: Key
    place: date
    amount: int


class Taken(NamedTuple):
    """What one discount took off, in minor units; ``fixed`` is its whole amount for a period."""

    key: Key
    rate: Decimal | None
    fixed: int | None
    amount: int


def holding(discounts: Sequence[Discount], item: Item, day: date) -> list[Discount]:
    """Those that hold, in the order in which they are taken: percentages, then fixed amounts, each by key."""
    found = [discount for discount in discounts if discount.holds(item, day)]
    if len(found) > 1:
        found.sort(key=lambda discount: (discount.rate is None, str(discount.key)))
    return found


def take(
    price: Decimal, discounts: Sequence[Discount], *, days: int = 1, of: int = 1, most: Mapping[Key, int] | None = None
) -> tuple[int, tuple[Taken, ...]]:
    """What the discounts take off ``days`` of ``of`` of a ``price`` (minor units, not rounded): their sum and each.

    ``most`` says what is left of fixed amounts, in minor units; they are whole where it says nothing.
    """
    whole = left = Fraction(price) * days / of
    amount = kept = floor(whole + HALF)
    taken: list[Taken] = []
    for discount in discounts:
        if discount.rate is not None:
            size = Fraction(discount.rate) * whole
        else:
            size = Fraction((discount.fixed or 0) * days, of)
            if most and discount.key in most:
                size = min(size, Fraction(most[discount.key]))
        left -= min(size, left)
        before, kept = kept, floor(left + HALF)
        taken.append(Taken(discount.key, discount.rate, discount.fixed, before - kept))
    return amount - kept, tuple(taken)


def offs(taken: Sequence[Taken], discounts: Sequence[Discount], first: date) -> tuple[Off, ...]:
    """What of ``taken`` is of fixed amounts, for a period that begins on ``first``."""
    places = {discount.key: discount.place(first) for discount in discounts if discount.fixed is not None}
    return tuple([Off(each.key, places[each.key], each.amount) for each in taken if each.key in places and each.amount])
