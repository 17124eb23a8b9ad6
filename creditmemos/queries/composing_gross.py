"""Working out memos that credit lines of an invoice gross, several at once: what a preview shows and issuing stores."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.formats import amount_text
from core.money import to_major
from creditmemos.domain.drafting import DraftLine, DraftTax
from creditmemos.domain.gross_credits import GrossRoom, fill
from creditmemos.domain.refusals import OverCredit
from creditmemos.queries.composing import line_of
from creditmemos.queries.creditable import Creditable
from invoices.models import Invoice

Wanted = Sequence[tuple[int, int]]
"""What is credited of each line: its id, and gross minor units."""


def check_gross(rooms: Sequence[Creditable], wanted: Wanted, currency: str) -> None:
    """Refuse what does not fit the lines of one invoice; OverCredit or InvalidInput, with ``field`` ``line-<id>``."""
    if not wanted:
        raise InvalidInput(_("Enter an amount for at least one line."), field="lines")
    if len({pk for pk, _gross in wanted}) != len(wanted):
        raise InvalidInput(_("Credit each line once."), field="lines")
    by_id = {room.line.pk: room for room in rooms}
    for pk, gross in wanted:
        if pk not in by_id:
            raise InvalidInput(_("This line is not on the invoice."), field="lines")
        if not 0 < gross <= by_id[pk].gross:
            left = amount_text(max(by_id[pk].gross, 0), currency)
            raise OverCredit(_("Only %(amount)s of this line is left.") % {"amount": left}, field=f"line-{pk}")


def compose_gross(
    invoice: Invoice, rooms: Sequence[Creditable], wanted: Wanted, amounts: Sequence[int]
) -> list[list[DraftLine]]:
    """The lines of several memos of these ``amounts`` that together credit what is ``wanted``, which adds up to them.

    ``rooms`` are those of the whole invoice. Raises as ``check_gross`` does.
    """
    check_gross(rooms, wanted, invoice.currency)
    by_id = {room.line.pk: room for room in rooms}
    chosen = [by_id[pk] for pk, _gross in wanted]
    left = [_room_of(room) for room in chosen]
    return [
        [_line(chosen[place], left[place], gross, invoice.currency) for place, gross in parts]
        for parts in fill([gross for _pk, gross in wanted], amounts)
    ]


def _room_of(room: Creditable) -> GrossRoom:
    taxes = [tax.amount for tax in room.line.taxes.all()]
    return GrossRoom(room.line.net, taxes, room.net, list(room.shares))


def _line(room: Creditable, left: GrossRoom, gross: int, currency: str) -> DraftLine:
    net, taxes = left.take(gross)
    drafted = [
        DraftTax(tax.name, tax.rate, net, amount, tax.pk)
        for tax, amount in zip(room.line.taxes.all(), taxes, strict=True)
        if net or amount
    ]
    price = to_major(net, currency=currency) if net else Decimal(0)
    by = "amount" if net else "tax_only"
    return replace(line_of(room.line), by=by, net=net, unit_price=price, taxes=drafted)
