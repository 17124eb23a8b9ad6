"""The verbs of invoices."""

from invoices.operations.issuing import issue
from invoices.operations.voiding import (
    InvoiceHasCredit,
    InvoiceHasMoney,
    InvoiceIsBeingPaid,
    InvoiceNotVoidable,
    check_voidable,
    void,
)

__all__ = [
    "InvoiceHasCredit",
    "InvoiceHasMoney",
    "InvoiceIsBeingPaid",
    "InvoiceNotVoidable",
    "check_voidable",
    "issue",
    "void",
]
