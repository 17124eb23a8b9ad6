"""Working out memo lines: what the live preview shows and what issuing stores come from here."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.translation import gettext as _

from core.errors import InvalidInput
from core.formats import amount_text
from core.money import split, to_major
from creditmemos.balance import UNISSUED, VOIDED
from creditmemos.crediting import cumulative_tax, net_of_quantity
from creditmemos.drafting import DraftLine, DraftTax, InvoiceCredit
from creditmemos.models import CreditMemoLine
from creditmemos.refusals import OverCredit
from invoices.charging import Charge, check, net_of, tax_of
from invoices.models import Invoice, InvoiceLine


@dataclass(frozen=True, slots=True)
class Creditable:
    """An invoice line with its room: minor units, and the units credited by quantity so far."""

    line: InvoiceLine
    net: int
    tax: int
    credited_quantity: Decimal
    credited_by_quantity: int

    @property
    def gross(self) -> int:
        """Net and tax that can still be credited."""
        return self.net + self.tax


def creditable_lines(invoice: Invoice) -> list[Creditable]:
    """Every line of an issued invoice with what can still be credited of it (I9); three queries."""
    lines = list(InvoiceLine.objects.filter(invoice=invoice).prefetch_related("taxes").order_by("position"))
    by_quantity: dict[int | None, tuple[Decimal, int]] = defaultdict(lambda: (Decimal(0), 0))
    rows = (
        CreditMemoLine.objects.filter(invoice_line__invoice=invoice, by=CreditMemoLine.By.QUANTITY)
        .exclude(memo__status__in=[*UNISSUED, VOIDED])
        .values_list("invoice_line_id", "quantity", "net")
    )
    for line_id, quantity, net in rows:
        so_far = by_quantity[line_id]
        by_quantity[line_id] = (so_far[0] + quantity, so_far[1] + net)
    return [
        Creditable(
            line=line,
            net=line.net - line.credited_net,
            tax=sum(tax.amount - tax.credited for tax in line.taxes.all()),
            credited_quantity=by_quantity[line.pk][0],
            credited_by_quantity=by_quantity[line.pk][1],
        )
        for line in lines
    ]


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
    return lines


def compose_line(room: Creditable, want: InvoiceCredit, currency: str) -> DraftLine:
    """Work out one memo line within its room; raises as ``compose_from_invoice`` does."""
    line, field = room.line, f"line-{room.line.pk}"
    if len([way for way in (want.net, want.quantity, want.tax_only) if way is not None]) != 1:
        raise InvalidInput(_("Credit this line by amount, by quantity or tax only."), field=field)
    base = DraftLine(
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
    if want.tax_only is not None:
        if not 0 < want.tax_only <= room.tax:
            raise OverCredit(amount=amount_text(room.tax, currency), field=field)
        return replace(base, by="tax_only", taxes=_tax_only(line, want.tax_only))
    if want.quantity is not None:
        return _by_quantity(base, room, want.quantity, currency, field)
    net = want.net or 0
    if not 0 < net <= room.net:
        raise OverCredit(amount=amount_text(room.net, currency), field=field)
    return replace(base, net=net, unit_price=to_major(net, currency=currency), taxes=_cumulative(line, net))


def _by_quantity(base: DraftLine, room: Creditable, quantity: Decimal, currency: str, field: str) -> DraftLine:
    line = room.line
    left = line.quantity - room.credited_quantity
    if not 0 < quantity <= left:
        raise OverCredit(
            _("Only %(left)s units can still be credited.") % {"left": f"{left.normalize():f}"}, field=field
        )
    net = net_of_quantity(
        net=line.net,
        quantity=line.quantity,
        credited_quantity=room.credited_quantity,
        credited_net=room.credited_by_quantity,
        credit=quantity,
    )
    if not 0 < net <= room.net:
        raise OverCredit(amount=amount_text(room.net, currency), field=field)
    return replace(
        base, by="quantity", quantity=quantity, unit_price=line.unit_price, net=net, taxes=_cumulative(line, net)
    )


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


def _tax_only(line: InvoiceLine, amount: int) -> list[DraftTax]:
    taxes = list(line.taxes.all())
    shares = split(amount, [tax.amount - tax.credited for tax in taxes])
    return [
        DraftTax(name=tax.name, rate=tax.rate, base=0, amount=share, invoice_tax_id=tax.pk)
        for tax, share in zip(taxes, shares, strict=True)
        if share
    ]


def compose_ad_hoc(charges: Sequence[Charge], currency: str) -> list[DraftLine]:
    """Work out ad hoc memo lines: quantity times price, rounded half-up, and each tax at its rate.

    Raises InvalidInput whose ``field`` is ``line-<position>``, counted from 1.
    """
    lines = []
    for position, charge in enumerate(charges, start=1):
        check(charge, field=f"line-{position}")
        if not charge.quantity:
            raise InvalidInput(_("Enter a quantity above 0."), field=f"line-{position}")
        net = net_of(charge, currency=currency)
        if net <= 0:
            raise InvalidInput(_("A line must credit more than nothing."), field=f"line-{position}")
        lines.append(
            DraftLine(
                description=charge.description,
                quantity=charge.quantity,
                unit_price=charge.unit_price,
                net=net,
                taxes=[DraftTax(tax.name, tax.rate, net, tax_of(net, tax.rate)) for tax in charge.taxes],
                product_name=charge.product_name,
                product_uuid=charge.product_uuid,
                vendor_id=charge.vendor_id,
                subscription_uuid=charge.subscription_uuid,
                period_from=charge.period_from,
                period_to=charge.period_to,
            )
        )
    return lines
