"""Invoices with their lines and taxes, and what they share with credit memos."""

from invoices.models.document import BillingDocument, BillingDocumentQuerySet, DocumentLine, LineTax
from invoices.models.invoice import Invoice, InvoiceLine, InvoiceLineTax, InvoiceQuerySet
from invoices.models.settlement import Settlement

__all__ = [
    "BillingDocument",
    "BillingDocumentQuerySet",
    "DocumentLine",
    "Invoice",
    "InvoiceLine",
    "InvoiceLineTax",
    "InvoiceQuerySet",
    "LineTax",
    "Settlement",
]
