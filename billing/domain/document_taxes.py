"""Taxes of a run's bills where documents are taxed by document: known once all their lines are (pure).

Rating taxes each line by itself, since it sees one contract. Here each tax of a new document is rounded once for its
rate, and each credit of an invoice taxed by document takes the cumulative tax of its rate on that invoice; the lines
get their shares. What belongs to an invoice taxed by line is left alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from billing.domain.grouping import Bill, Charged, Credited
from billing.rating import ChargeLine, CreditLine, Key
from creditmemos.domain.part_credits import RateRoom
from invoices.domain.charging import TaxRate
from invoices.domain.taxing import shared_tax, taxes_of

OnInvoice = tuple[Key, str, Decimal]
"""A tax by invoice, name and rate."""
Place = tuple[int, int, int]
"""A tax of a bill's credit: which group of credits, which of its lines, which of that line's taxes."""


def tax_by_document(
    bills: Sequence[Bill], *, is_new: bool, invoices: Mapping[str, int], rooms: Mapping[OnInvoice, RateRoom]
) -> list[Bill]:
    """The bills with the taxes that their documents will bear.

    ``is_new``: the documents made now are taxed by document. ``invoices`` maps each charge that stands on an earlier
    invoice taxed by document to that invoice, and ``rooms`` has every rate of those invoices; they are not changed.
    """
    on_invoice: dict[str, Key] = dict(invoices)
    left = {place: RateRoom(room.net, room.tax, room.credited_net, room.credited_tax) for place, room in rooms.items()}
    found = list(bills)
    if is_new:
        found = [bill._replace(charges=_charges(bill.charges)) for bill in bills]
        for place, bill in enumerate(found):
            invoice = f"new {place}"
            on_invoice |= {charged.line.key: invoice for charged in bill.charges}
            left |= _rooms(invoice, bill.charges)
    return [bill._replace(credits=_credits(bill.credits, on_invoice, left, is_new=is_new)) for bill in found]


def _charges(charges: Sequence[Charged]) -> list[Charged]:
    bases = [(each.line.net, [TaxRate(tax.name, tax.rate) for tax in each.line.taxes]) for each in charges]
    amounts = taxes_of(bases, by_document=True)
    return [each._replace(line=_taxed_charge(each.line, own)) for each, own in zip(charges, amounts, strict=True)]


def _taxed_charge(line: ChargeLine, amounts: Sequence[int]) -> ChargeLine:
    taxes = [tax._replace(amount=own, is_share=True) for tax, own in zip(line.taxes, amounts, strict=True)]
    return line._replace(taxes=tuple(taxes), tax=sum(amounts))


def _rooms(invoice: Key, charges: Sequence[Charged]) -> dict[OnInvoice, RateRoom]:
    """The rates of an invoice that is made now: nothing of it is credited yet."""
    found: dict[OnInvoice, RateRoom] = defaultdict(RateRoom)
    for each in charges:
        for tax in each.line.taxes:
            room = found[invoice, tax.name, tax.rate]
            room.net += each.line.net
            room.tax += tax.amount
    return found


def _credits(
    credits_: Sequence[Credited],
    on_invoice: Mapping[str, Key],
    rooms: Mapping[OnInvoice, RateRoom],
    *,
    is_new: bool,
) -> list[Credited]:
    """A memo's credits: each rate of each invoice together, and each rate of what undoes no charge."""
    pools: dict[OnInvoice | TaxRate, list[Place]] = defaultdict(list)
    for place, line, name, rate in _places(credits_):
        if line.source is None and is_new:
            pools[TaxRate(name, rate)].append(place)
        elif str(line.source) in on_invoice:
            pools[on_invoice[str(line.source)], name, rate].append(place)
    amounts: dict[Place, int] = {}
    for pool, places in pools.items():
        nets = [credits_[group].lines[line].net for group, line, _tax in places]
        shares = shared_tax(nets, pool.rate) if isinstance(pool, TaxRate) else rooms[pool].take(nets)
        amounts |= dict(zip(places, shares, strict=True))
    return [
        each._replace(lines=tuple(_taxed_credit(line, (group, at), amounts) for at, line in enumerate(each.lines)))
        for group, each in enumerate(credits_)
    ]


def _places(credits_: Sequence[Credited]) -> Iterator[tuple[Place, CreditLine, str, Decimal]]:
    for group, each in enumerate(credits_):
        for at, line in enumerate(each.lines):
            for number, tax in enumerate(line.taxes):
                yield (group, at, number), line, tax.name, tax.rate


def _taxed_credit(line: CreditLine, at: tuple[int, int], amounts: Mapping[Place, int]) -> CreditLine:
    taxes = tuple(
        [
            tax._replace(amount=amounts[*at, number], is_share=True) if (*at, number) in amounts else tax
            for number, tax in enumerate(line.taxes)
        ]
    )
    return line._replace(taxes=taxes, tax=sum(tax.amount for tax in taxes))
