"""What can still be credited of an invoice, line by line (I9)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from companies.models import TaxBy
from core.money import split
from creditmemos.domain.balance import UNISSUED, VOIDED
from creditmemos.domain.part_credits import RateRoom, units_within
from creditmemos.models import CreditMemo, CreditMemoLine
from invoices.models import Invoice, InvoiceLine

Rate = tuple[str, Decimal]
"""A tax's name and rate."""


@dataclass(frozen=True, slots=True)
class Creditable:
    """An invoice line with its room: minor units, and the units credited by quantity so far.

    ``shares`` is what goes with ``net`` of each tax, ``taxes`` what can be credited of each by itself, in the line's
    order. They differ where the invoice is taxed by document: then every line has its rates' whole room, in ``rates``,
    and ``shares`` of it, so that those of all lines add up.
    """

    line: InvoiceLine
    net: int
    shares: Sequence[int]
    taxes: Sequence[int]
    credited_quantity: Decimal
    credited_by_quantity: int
    rates: Mapping[Rate, RateRoom] | None = None

    @property
    def tax(self) -> int:
        """The tax that goes with the net."""
        return sum(self.shares)

    @property
    def gross(self) -> int:
        """Net and tax that can still be credited."""
        return self.net + self.tax

    @property
    def units(self) -> Decimal:
        """Units that can still be credited by quantity: no more than are left, nor than the net left pays for."""
        return units_within(
            net=self.line.net,
            quantity=self.line.quantity,
            credited_quantity=self.credited_quantity,
            credited_net=self.credited_by_quantity,
            room=self.net,
        )

    @property
    def tax_only(self) -> int:
        """Tax that can still be credited by itself."""
        return sum(self.taxes)


def creditable_lines(invoice: Invoice) -> list[Creditable]:
    """Every line of an issued invoice with what can still be credited of it (I9); three queries."""
    lines = list(InvoiceLine.objects.filter(invoice=invoice).prefetch_related("taxes").order_by("position"))
    by_quantity = _by_quantity(invoice)
    rates = rate_rooms(lines) if invoice.tax_by == TaxBy.DOCUMENT else None
    shares = _shares(lines, rates) if rates is not None else {}
    return [
        Creditable(
            line=line,
            net=line.net - line.credited_net,
            shares=[
                tax.amount - tax.credited if rates is None else shares[line.pk, (tax.name, tax.rate)]
                for tax in line.taxes.all()
            ],
            taxes=[
                tax.amount - tax.credited if rates is None else rates[tax.name, tax.rate].tax_left
                for tax in line.taxes.all()
            ],
            credited_quantity=by_quantity[line.pk][0],
            credited_by_quantity=by_quantity[line.pk][1],
            rates=rates,
        )
        for line in lines
    ]


def leaves_nothing(rooms: Iterable[Creditable], *, net: int, tax: int) -> bool:
    """Whether credit of ``net`` and ``tax`` (minor units) exhausts every line that anything can be credited of."""
    rooms = list(rooms)
    left = sum(max(0, room.net) for room in rooms), sum(max(0, room.tax) for room in rooms)
    return left == (net, tax) and net + tax > 0


def credits_in_full(memos: Sequence[CreditMemo]) -> bool:
    """Whether drafts, once they are issued, leave nothing to credit of the one invoice that they are from."""
    invoice = memos[0].source_invoice
    net, tax = sum(memo.net for memo in memos), sum(memo.tax for memo in memos)
    return invoice is not None and leaves_nothing(creditable_lines(invoice), net=net, tax=tax)


def left_after(memo: CreditMemo) -> int:
    """What can still be credited of a memo's invoice once it is issued, net and tax in minor units; never below 0."""
    rooms = creditable_lines(memo.source_invoice) if memo.source_invoice else []
    left = sum(max(0, room.net) + max(0, room.tax) for room in rooms)
    return left if memo.is_issued else max(0, left - memo.total)


def _by_quantity(invoice: Invoice) -> dict[int | None, tuple[Decimal, int]]:
    """Units and net credited by quantity so far, by line."""
    found: dict[int | None, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    rows = (
        CreditMemoLine.objects.filter(invoice_line__invoice=invoice, by=CreditMemoLine.By.QUANTITY)
        .exclude(memo__status__in=[*UNISSUED, VOIDED])
        .values_list("invoice_line_id", "quantity", "net")
    )
    for line_id, quantity, net in rows:
        so_far = found[line_id]
        found[line_id] = (so_far[0] + quantity, so_far[1] + net)
    return found


def rate_rooms(lines: Sequence[InvoiceLine]) -> dict[Rate, RateRoom]:
    """Each rate of an invoice over its lines (with ``taxes`` at hand)."""
    found: dict[Rate, RateRoom] = defaultdict(RateRoom)
    for line in lines:
        for tax in line.taxes.all():
            room = found[tax.name, tax.rate]
            if line.net >= 0:
                room.net, room.tax = room.net + line.net, room.tax + tax.amount
                room.credited_net += line.credited_net
                room.credited_tax += tax.credited
    return dict(found)


def _shares(lines: Sequence[InvoiceLine], rates: Mapping[Rate, RateRoom]) -> dict[tuple[int, Rate], int]:
    """What is left of each rate, shared over the lines by their net left; with none left, by the tax not credited."""
    shares: dict[tuple[int, Rate], int] = {}
    for rate, room in rates.items():
        weights = {
            (line.pk, rate): max(0, line.net - line.credited_net if room.net_left else tax.amount - tax.credited)
            for line in lines
            for tax in line.taxes.all()
            if (tax.name, tax.rate) == rate
        }
        shares |= dict(zip(weights, split(room.tax_left, list(weights.values())), strict=True))
    return shares
