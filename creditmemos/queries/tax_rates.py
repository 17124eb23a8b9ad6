"""Which taxes an ad hoc line may carry: those that stand on recent invoices of the payer, or of the marketplace."""

from decimal import Decimal

from django.db.models import QuerySet

from invoices.domain.charging import TaxRate
from invoices.models import Invoice, InvoiceLineTax

LOOKED_AT = 30
"""Invoices whose taxes are offered, of the payer and of the marketplace each."""


def rates_for(marketplace_id: int, payer_id: int | None = None) -> list[TaxRate]:
    """Taxes by name and rate, highest rate first; a query over a few recent invoices, and one over the payer's."""
    pairs = _pairs(Invoice.objects.filter(marketplace_id=marketplace_id))
    if payer_id is not None:
        pairs |= _pairs(Invoice.objects.filter(payer_id=payer_id))
    return [TaxRate(name, rate) for name, rate in sorted(pairs, key=lambda pair: (-pair[1], pair[0]))]


def _pairs(invoices: QuerySet[Invoice]) -> set[tuple[str, Decimal]]:
    latest = invoices.filter(number__isnull=False).order_by("-document_date", "-pk").values("pk")[:LOOKED_AT]
    return set(InvoiceLineTax.objects.filter(line__invoice__in=latest).order_by().values_list("name", "rate"))
