"""The verbs of invoices."""

from invoices.operations.issuing import issue
from invoices.operations.voiding import InvoiceHasCredit, InvoiceHasMoney, InvoiceNotVoidable, check_voidable, void

__all__ = ["InvoiceHasCredit", "InvoiceHasMoney", "InvoiceNotVoidable", "check_voidable", "issue", "void"]
