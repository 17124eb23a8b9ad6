"""Lines of an invoice that were worked out: what will be stored, printed and posted (pure)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple, Protocol
from uuid import UUID


class NewTax(NamedTuple):
    """One tax of a line, minor units: ``rate`` (a fraction) of ``base``."""

    name: str
    rate: Decimal
    base: int
    amount: int


class NewLine(NamedTuple):
    """One charge, as it will be printed: ``discount`` is inside ``net``; ``tax`` is the sum of ``taxes``."""

    description: str
    product_name: str
    product_uuid: UUID | None
    vendor_id: int | None
    subscription_uuid: UUID | None
    period_from: date | None
    period_to: date | None
    quantity: Decimal
    unit_price: Decimal
    discount: int
    net: int
    tax: int
    taxes: Sequence[NewTax]


class Tax(Protocol):
    """One tax of a line; ``amount`` in minor units."""

    @property
    def name(self) -> str: ...
    @property
    def amount(self) -> int: ...


class Taxed(Protocol):
    """A line with its taxes."""

    @property
    def taxes(self) -> Sequence[Tax]: ...


def tax_sums(lines: Iterable[Taxed]) -> dict[str, int]:
    """What each tax comes to over all lines, by its name, in the order of the lines."""
    return sums_by_name((tax.name, tax.amount) for line in lines for tax in line.taxes)


def sums_by_name(taxes: Iterable[tuple[str, int]]) -> dict[str, int]:
    """The same of (name, amount) in the order of the lines."""
    sums: dict[str, int] = {}
    for name, amount in taxes:
        sums[name] = sums.get(name, 0) + amount
    return sums
