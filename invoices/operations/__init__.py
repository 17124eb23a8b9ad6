"""The verbs of invoices."""

from invoices.operations.issuing import issue
from invoices.operations.voiding import InvoiceHasCredit, InvoiceHasMoney, InvoiceNotVoidable, void

__all__ = ["InvoiceHasCredit", "InvoiceHasMoney", "InvoiceNotVoidable", "issue", "void"]
