"""How much of a charge a credit undoes: cumulative, so that any sequence of part credits ends exactly (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import floor

from core.money import proportion, split

UNIT_PARTS = 10**6
"""Parts of a unit that a quantity counts."""


def cumulative_tax(*, net: int, tax: int, credited_net: int, credited_tax: int, credit: int) -> int:
    """The tax that goes with a credit of ``credit`` net, in minor units.

    A line of ``net`` and ``tax`` has ``credited_net`` and ``credited_tax`` credited so far. The answer brings the tax
    credited to the rounded share of the net credited, within what is left; the credit that exhausts the net takes the
    rest. Worked example: 10.00 + 2.00 in thirds gives 0.67, 0.66, 0.67.
    """
    left = tax - credited_tax
    if credited_net + credit >= net:
        return left
    share = proportion(tax, credited_net + credit, net)
    return max(0, min(share - credited_tax, left))


def shared_tax_of_credits(
    credits_: Sequence[int], *, net: int, tax: int, credited_net: int, credited_tax: int
) -> list[int]:
    """The tax that goes with several credits of one rate on an invoice taxed by document, in minor units.

    ``net`` and ``tax`` are those of all lines that bear the rate, ``credited_net`` and ``credited_tax`` what was
    credited of them so far, ``credits_`` the nets credited now. Together they take the cumulative tax of their sum;
    each takes its share of that by largest remainder, and ties go to the earlier credit.
    """
    together = cumulative_tax(
        net=net, tax=tax, credited_net=credited_net, credited_tax=credited_tax, credit=sum(credits_)
    )
    return split(together, credits_)


@dataclass(slots=True)
class RateRoom:
    """All lines of an invoice taxed by document that bear one tax at one rate, with what was credited of them so far.

    Minor units. Lines below zero don't count: nothing of them can be credited.
    """

    net: int = 0
    tax: int = 0
    credited_net: int = 0
    credited_tax: int = 0

    @property
    def net_left(self) -> int:
        """Net that can still be credited."""
        return self.net - self.credited_net

    @property
    def tax_left(self) -> int:
        """Tax that can still be credited."""
        return self.tax - self.credited_tax

    def take(self, credits_: Sequence[int]) -> list[int]:
        """Credit these nets: the tax that goes with each. They count as credited from now on."""
        shares = shared_tax_of_credits(
            credits_, net=self.net, tax=self.tax, credited_net=self.credited_net, credited_tax=self.credited_tax
        )
        self.credited_net += sum(credits_)
        self.credited_tax += sum(shares)
        return shares


def net_of_quantity(
    *, net: int, quantity: Decimal, credited_quantity: Decimal, credited_net: int, credit: Decimal
) -> int:
    """The net for crediting ``credit`` units more, in minor units, cumulative over all credits by quantity.

    ``credited_quantity`` and ``credited_net`` are what earlier credits by quantity took. May exceed what is still
    creditable when others credited by amount; the caller refuses that. Never negative.
    """
    so_far = credited_quantity + credit
    target = net if so_far >= quantity else proportion(net, so_far, quantity)
    return max(0, target - credited_net)


def units_within(*, net: int, quantity: Decimal, credited_quantity: Decimal, credited_net: int, room: int) -> Decimal:
    """The most units whose credit (``net_of_quantity``) fits into ``room``, to six decimals; 0 where none does.

    ``room`` is the net that can still be credited, in minor units, whether units or amounts were credited before.
    """
    if net <= 0 or room <= 0:
        return Decimal(0)
    left = quantity - credited_quantity
    if credited_net + room < net:
        paid_for = floor(Fraction(credited_net + room) * Fraction(quantity) / net * UNIT_PARTS)
        left = min(left, Decimal(paid_for) / UNIT_PARTS - credited_quantity)
    spent = net_of_quantity(
        net=net, quantity=quantity, credited_quantity=credited_quantity, credited_net=credited_net, credit=left
    )
    return left if left > 0 and spent else Decimal(0)
