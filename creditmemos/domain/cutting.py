"""Cut the lines of a memo by what its parts come to: nothing is lost, whatever is cut (pure)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from core.money import to_major
from creditmemos.domain.drafting import DraftLine
from creditmemos.domain.gross_credits import GrossRoom, fill


def cut_lines(
    lines: Sequence[DraftLine], amounts: Sequence[int], *, currency: str
) -> list[list[tuple[int, DraftLine]]]:
    """The lines of parts of these ``amounts``, gross minor units that add up to the lines; each with its place.

    A line is cut only where a part is full; the others stay as they are.
    """
    rooms = [GrossRoom(line.net, amounts_of(line), line.net, amounts_of(line)) for line in lines]
    wanted = [line.gross for line in lines]
    return [
        [
            (place, lines[place] if gross == wanted[place] else _cut(lines[place], rooms[place], gross, currency))
            for place, gross in parts
        ]
        for parts in fill(wanted, amounts)
    ]


def amounts_of(line: DraftLine) -> list[int]:
    """What each of its taxes comes to."""
    return [tax.amount for tax in line.taxes]


def _cut(line: DraftLine, room: GrossRoom, gross: int, currency: str) -> DraftLine:
    net, taxes = room.take(gross)
    kept = [
        replace(tax, base=net if line.net else tax.base, amount=amount)
        for tax, amount in zip(line.taxes, taxes, strict=True)
    ]
    price = to_major(net, currency=currency) if net else Decimal(0)
    by = "amount" if net else "tax_only"
    return replace(line, by=by, quantity=Decimal(1), unit_price=price, net=net, taxes=kept)
