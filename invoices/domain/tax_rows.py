"""Taxes of a document added up by rate, for its page."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NamedTuple


class TaxRow(NamedTuple):
    """A tax at one rate over all lines; minor units."""

    name: str
    rate: Decimal
    base: int
    amount: int

    @property
    def percent(self) -> str:
        """The rate in percent, without needless zeros."""
        return f"{(self.rate * 100).normalize():f}"


def tax_rows(lines: Iterable[Any]) -> list[TaxRow]:
    """Taxes of lines (with their ``taxes`` at hand) by name and rate, in the order of their first line."""
    sums: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for line in lines:
        for tax in line.taxes.all():
            base, amount = sums.get((tax.name, tax.rate), (0, 0))
            sums[tax.name, tax.rate] = (base + tax.base, amount + tax.amount)
    return [TaxRow(name, rate, *figures) for (name, rate), figures in sums.items()]
