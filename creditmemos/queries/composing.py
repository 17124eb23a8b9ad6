"""Working out memo lines: what the live preview shows and what issuing stores come from here."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from django.utils.translation import gettext as _

from companies.models import TaxBy
from core.errors import InvalidInput
from core.formats import amount_text, exact_text
from core.money import split, to_major
from creditmemos.domain.drafting import DraftLine, DraftTax, InvoiceCredit
from creditmemos.domain.part_credits import RateRoom, cumulative_tax, net_of_quantity
from creditmemos.domain.refusals import OverCredit
from creditmemos.queries.creditable import Creditable, Rate, creditable_lines
from invoices.domain.charging import Charge, check, net_of
from invoices.domain.taxing import taxes_of
from invoices.models import Invoice, InvoiceLine


def compose_from_invoice(invoice: Invoice, wanted: Sequence[InvoiceCredit]) -> list[DraftLine]:
    """Work out memo lines that undo invoice lines, with cumulative tax at the stored rates.

    Raises OverCredit or InvalidInput whose ``field`` is ``line-<id>``.
    """
    room = {found.line.pk: found for found in creditable_lines(invoice)}
    if len({want.invoice_line_id for want in wanted}) != len(wanted):
        raise InvalidInput(_("Credit each line once."), field="lines")
    lines = []
    for want in wanted:
        found = room.get(want.invoice_line_id)
        if found is None:
            raise InvalidInput(_("This line is not on the invoice."), field="lines")
        lines.append(compose_line(found, want, invoice.currency))
    return tax_together(lines, list(room.values()), invoice.currency)


def compose_line(room: Creditable, want: InvoiceCredit, currency: str) -> DraftLine:
    """Work out one memo line within its room; raises as ``compose_from_invoice`` does.

    Where the invoice is taxed by document, its taxes are worked out with those of the other lines (``tax_together``).
    """
    line, field = room.line, f"line-{room.line.pk}"
    if len([way for way in (want.net, want.quantity, want.tax_only) if way is not None]) != 1:
        raise InvalidInput(_("Credit this line by amount, by quantity or tax only."), field=field)
    base = line_of(line)
    if want.tax_only is not None:
        if not 0 < want.tax_only <= room.tax_only:
            raise _over_tax(room.tax_only, currency, field)
        return replace(base, by="tax_only", taxes=_tax_only(line, want.tax_only, room.taxes))
    if want.quantity is not None:
        return _by_quantity(base, room, want.quantity, field)
    net = want.net or 0
    if not 0 < net <= room.net:
        text = _("Only %(amount)s net of this line can still be credited.")
        raise OverCredit(text % {"amount": amount_text(room.net, currency)}, field=field)
    return replace(base, net=net, unit_price=to_major(net, currency=currency), taxes=_cumulative(line, net))


def line_of(line: InvoiceLine) -> DraftLine:
    """A memo line that names what it credits, and no amount yet."""
    return DraftLine(
        description=line.description,
        quantity=Decimal(1),
        unit_price=Decimal(0),
        net=0,
        invoice_line_id=line.pk,
        product_name=line.product_name,
        product_uuid=line.product_uuid,
        vendor_id=line.vendor_id,
        subscription_uuid=line.subscription_uuid,
        period_from=line.period_from,
        period_to=line.period_to,
    )


def _by_quantity(base: DraftLine, room: Creditable, quantity: Decimal, field: str) -> DraftLine:
    line, left = room.line, room.units
    if not 0 < quantity <= left:
        one = _("Only 1 unit of this line can still be credited.")
        several = _("Only %(left)s units of this line can still be credited.")
        raise OverCredit(one if left == 1 else several % {"left": exact_text(left)}, field=field)
    net = net_of_quantity(
        net=line.net,
        quantity=line.quantity,
        credited_quantity=room.credited_quantity,
        credited_net=room.credited_by_quantity,
        credit=quantity,
    )
    if not net:
        raise InvalidInput(_("This quantity comes to zero. Credit more units, or an amount."), field=field)
    return replace(
        base, by="quantity", quantity=quantity, unit_price=line.unit_price, net=net, taxes=_cumulative(line, net)
    )


def _over_tax(left: int, currency: str, field: str) -> OverCredit:
    text = _("Only %(amount)s of this line's tax can still be credited.")
    return OverCredit(text % {"amount": amount_text(left, currency)}, field=field)


def _cumulative(line: InvoiceLine, net: int) -> list[DraftTax]:
    return [
        DraftTax(
            name=tax.name,
            rate=tax.rate,
            base=net,
            amount=cumulative_tax(
                net=line.net, tax=tax.amount, credited_net=line.credited_net, credited_tax=tax.credited, credit=net
            ),
            invoice_tax_id=tax.pk,
        )
        for tax in line.taxes.all()
    ]


def _tax_only(line: InvoiceLine, amount: int, room: Sequence[int]) -> list[DraftTax]:
    taxes = list(line.taxes.all())
    return [
        DraftTax(name=tax.name, rate=tax.rate, base=0, amount=share, invoice_tax_id=tax.pk)
        for tax, share in zip(taxes, split(amount, room), strict=True)
        if share
    ]


def tax_together(lines: Sequence[DraftLine], rooms: Sequence[Creditable], currency: str) -> list[DraftLine]:
    """The lines of one memo with their taxes: where their invoice (with all its ``rooms``) is taxed by document, the
    cumulative tax of each rate, shared over the lines that bear it. Then what was asked as tax only, within the rest.

    Raises OverCredit whose ``field`` is ``line-<id>``.
    """
    rates = rooms[0].rates if rooms else None
    if rates is None:
        return list(lines)
    left = {rate: replace(room) for rate, room in rates.items()}
    shares: dict[tuple[int, int], int] = {}
    for rate, room in left.items():
        places = [
            (place, number)
            for place, line in enumerate(lines)
            for number, tax in enumerate(line.taxes)
            if line.net and (tax.name, tax.rate) == rate
        ]
        taken = room.take([lines[place].net for place, _number in places])
        shares |= dict(zip(places, taken, strict=True))
    of_line = {room.line.pk: room.line for room in rooms}
    return [
        _with_shares(line, place, shares)
        if line.net
        else _tax_left(line, of_line[line.invoice_line_id or 0], left, currency)
        for place, line in enumerate(lines)
    ]


def _with_shares(line: DraftLine, place: int, shares: Mapping[tuple[int, int], int]) -> DraftLine:
    taxes = [replace(tax, amount=shares[place, number]) for number, tax in enumerate(line.taxes)]
    return replace(line, taxes=taxes)


def _tax_left(drafted: DraftLine, line: InvoiceLine, left: Mapping[Rate, RateRoom], currency: str) -> DraftLine:
    """A line of tax only, within what the memo's other lines leave of its rates; it counts as credited from now on."""
    open_taxes = [left[tax.name, tax.rate].tax_left for tax in line.taxes.all()]
    if drafted.tax > sum(open_taxes):
        raise _over_tax(sum(open_taxes), currency, f"line-{line.pk}")
    taxes = _tax_only(line, drafted.tax, open_taxes)
    for tax in taxes:
        left[tax.name, tax.rate].credited_tax += tax.amount
    return replace(drafted, taxes=taxes)


def compose_ad_hoc(charges: Sequence[Charge], currency: str, *, tax_by: str = TaxBy.LINE) -> list[DraftLine]:
    """Work out ad hoc memo lines: quantity times price, rounded half-up, and each tax at its rate.

    Raises InvalidInput whose ``field`` is ``line-<position>``, counted from 1.
    """
    nets = [_net_of(charge, currency, position) for position, charge in enumerate(charges, start=1)]
    bases = [(net, charge.taxes) for net, charge in zip(nets, charges, strict=True)]
    taxes = taxes_of(bases, by_document=tax_by == TaxBy.DOCUMENT)
    return [
        DraftLine(
            description=charge.description,
            quantity=charge.quantity,
            unit_price=charge.unit_price,
            net=net,
            taxes=[
                DraftTax(tax.name, tax.rate, net, amount) for tax, amount in zip(charge.taxes, amounts, strict=True)
            ],
            product_name=charge.product_name,
            product_uuid=charge.product_uuid,
            vendor_id=charge.vendor_id,
            subscription_uuid=charge.subscription_uuid,
            period_from=charge.period_from,
            period_to=charge.period_to,
        )
        for charge, net, amounts in zip(charges, nets, taxes, strict=True)
    ]


def _net_of(charge: Charge, currency: str, position: int) -> int:
    check(charge, field=f"line-{position}")
    if not charge.quantity:
        raise InvalidInput(_("Enter a quantity above 0."), field=f"line-{position}")
    net = net_of(charge, currency=currency)
    if net <= 0:
        raise InvalidInput(_("A line must credit more than zero."), field=f"line-{position}")
    return net
