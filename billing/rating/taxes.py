"""Taxes of a line. A charge takes the rates that the table has today; a credit the rates of the charge it undoes.

The table maps (the company's country, the product's tax class) to the taxes of a line, each on the same net; the row
with the class "" serves every class of a country that has none of its own. A country without a row is not taxed, and
neither is an exempt company, nor anybody where there is no table at all; but where there is one, a company without a
country, or a class that its country's rows leave out, has a tax that nobody has determined. The table is the one of the
run's day: whoever keeps rates by date picks them before.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from billing.rating.items import Key
from creditmemos.domain.part_credits import cumulative_tax
from invoices.domain.charging import TaxRate, tax_of

TaxTable = Mapping[tuple[str, str], Sequence[TaxRate]]
UNTAXED: Sequence[TaxRate] = ()


class TaxAmount(NamedTuple):
    """A tax of a line in minor units: ``rate`` (a fraction) of ``base``; ``source`` is the tax that a credit undoes.

    ``is_share``: it was rounded once for the document, and this is the line's share of it
    (see ``billing.domain.document_taxes``).
    """

    name: str
    rate: Decimal
    base: int
    amount: int
    source: Key | None = None
    is_share: bool = False


class ChargedTax(NamedTuple):
    """A tax of a stored charge: what was taken and how much of it memos have credited, in minor units."""

    key: Key | None
    name: str
    rate: Decimal
    amount: int
    credited: int = 0


class TaxNotDetermined(Exception):
    """Nothing says how a line is taxed."""


def rates_for(table: TaxTable, country: str, tax_class: str) -> Sequence[TaxRate]:
    """The taxes of one line. Raises TaxNotDetermined where there is a table that can't tell."""
    rates = table.get((country, tax_class))
    if rates is None:
        rates = table.get((country, ""))
    if rates is not None:
        return rates
    if table and (not country or any(country == known for known, _class in table)):
        raise TaxNotDetermined
    return UNTAXED


def charge_taxes(net: int, rates: Sequence[TaxRate]) -> tuple[TaxAmount, ...]:
    """Each tax of a net, rounded half-up by itself."""
    if len(rates) == 1:
        (tax,) = rates
        return (TaxAmount(tax.name, tax.rate, net, tax_of(net, tax.rate)),)
    return tuple([TaxAmount(tax.name, tax.rate, net, tax_of(net, tax.rate)) for tax in rates])


def credit_taxes(credit: int, *, net: int, credited_net: int, taxes: Sequence[ChargedTax]) -> tuple[TaxAmount, ...]:
    """The taxes of a credit of ``credit`` net of a charge of ``net``: cumulative, so that any sequence is exact."""
    return tuple(
        [
            TaxAmount(
                tax.name,
                tax.rate,
                credit,
                cumulative_tax(
                    net=net, tax=tax.amount, credited_net=credited_net, credited_tax=tax.credited, credit=credit
                ),
                tax.key,
            )
            for tax in taxes
        ]
    )
