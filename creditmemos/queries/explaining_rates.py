"""How taxes came about that are rounded for all lines of a memo together: each rate of an invoice, or of its own."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from companies.models import TaxBy
from core.formats import amount_text, percent_text
from creditmemos.domain.part_credits import RateRoom
from creditmemos.models import CreditMemo, CreditMemoLineTax
from invoices.domain.taxing import shared_tax
from invoices.models import InvoiceLineTax

MINUS, TIMES, OVER = " \N{MINUS SIGN} ", " \N{MULTIPLICATION SIGN} ", " \N{DIVISION SIGN} "
Pool = tuple[int | None, str, Decimal]
"""A tax of an invoice (None: of the memo's own lines) by name and rate."""


@dataclass(frozen=True, slots=True)
class Shared:
    """A memo's tax in what ``lines`` bear together; ``sum`` in numbers, ``together`` and ``share`` in minor units."""

    tax: CreditMemoLineTax
    sum: str
    together: int
    lines: int
    share: int


def shared_taxes(memo: CreditMemo, came_before: Callable[[CreditMemo, CreditMemo], bool]) -> dict[int, Shared]:
    """Each tax of the memo that is a share, by its id, worked out again; up to three queries.

    ``came_before`` says whether another memo had credited when this one did.
    """
    pools: dict[Pool, list[CreditMemoLineTax]] = defaultdict(list)
    taxes = CreditMemoLineTax.objects.filter(line__memo=memo).select_related("line__invoice_line__invoice")
    for tax in taxes.order_by("line__position", "pk"):
        charge = tax.line.invoice_line
        if tax.line.net and (charge.invoice.tax_by if charge else memo.tax_by) == TaxBy.DOCUMENT:
            pools[charge.invoice_id if charge else None, tax.name, tax.rate].append(tax)
    rooms = _rooms({pool[0] for pool in pools if pool[0] is not None}, memo, came_before)
    found: dict[int, Shared] = {}
    for pool, rows in pools.items():
        nets = [row.line.net for row in rows]
        text = _of_own(nets, pool, memo.currency) if pool[0] is None else _of_invoice(rooms[pool], nets, memo.currency)
        shares = shared_tax(nets, pool[2]) if pool[0] is None else rooms[pool].take(nets)
        found |= {
            row.pk: Shared(row, text, sum(shares), len(rows), share) for row, share in zip(rows, shares, strict=True)
        }
    return found


def _rooms(
    invoice_ids: Collection[int], memo: CreditMemo, came_before: Callable[[CreditMemo, CreditMemo], bool]
) -> dict[Pool, RateRoom]:
    """The rates of the invoices, with what was credited of them when the memo was issued."""
    found: dict[Pool, RateRoom] = defaultdict(RateRoom)
    if not invoice_ids:
        return found
    charged = InvoiceLineTax.objects.filter(line__invoice_id__in=invoice_ids, line__net__gte=0).order_by()
    for invoice, name, rate, net, tax in charged.values_list("line__invoice_id", "name", "rate").annotate(
        Sum("line__net"), Sum("amount")
    ):
        found[invoice, name, rate] = RateRoom(net, tax)
    for row in _earlier(invoice_ids, memo, came_before):
        room = found[row.line.invoice_line.invoice_id if row.line.invoice_line else None, row.name, row.rate]
        room.credited_net, room.credited_tax = room.credited_net + row.line.net, room.credited_tax + row.amount
    return found


def _earlier(
    invoice_ids: Collection[int], memo: CreditMemo, came_before: Callable[[CreditMemo, CreditMemo], bool]
) -> Iterable[CreditMemoLineTax]:
    rows = CreditMemoLineTax.objects.filter(
        line__invoice_line__invoice_id__in=invoice_ids, line__memo__number__isnull=False
    ).exclude(line__memo_id=memo.pk)
    return [row for row in rows.select_related("line__memo", "line__invoice_line") if came_before(row.line.memo, memo)]


def _of_own(nets: Collection[int], pool: Pool, currency: str) -> str:
    return f"{amount_text(sum(nets), currency)}{TIMES}{percent_text(pool[2])}"


def _of_invoice(room: RateRoom, nets: Collection[int], currency: str) -> str:
    whole, credit = amount_text(room.tax, currency), amount_text(sum(nets), currency)
    taken = f"{MINUS}{amount_text(room.credited_tax, currency)}" if room.credited_tax else ""
    if sum(nets) >= room.net_left:
        return f"{whole}{taken}"
    so_far = f"({amount_text(room.credited_net, currency)} + {credit})" if room.credited_net else credit
    return f"{whole}{TIMES}{so_far}{OVER}{amount_text(room.net, currency)}{taken}"
