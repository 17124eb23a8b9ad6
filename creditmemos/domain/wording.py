"""The words for codes that memos store: sources, uses, ways of crediting. Statuses have theirs in `labels`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KIND = "creditmemo"
"""How requests name memos; those that wait are looked up by it, so it keeps its spelling (ADR 35)."""
ISSUE, CLOSE, REOPEN = "issue", "close", "reopen"
"""What a second person is asked about memos."""
VOID, UNDO, REVERSE, DIVIDE = "void", "undo_and_void", "reverse", "divide"
"""What is asked besides for relatives of the operator."""
APPLIED, REVERSED = "credit_memo.applied", "credit_memo.reversed"
"""Events and audit rows of applying."""

SOURCES: dict[str, Promise] = {
    "automatic": _("Automatic"),
    "from_invoice": _("Invoice"),
    "ad_hoc": _("Ad hoc"),
    "refund": _("Refund"),
    "carried": _("Balance carried over"),
}
USES: dict[str, Promise] = {
    "follow": _("Apply automatically"),
    "apply_now": _("Apply to this invoice now"),
    "hold": _("Hold credit"),
}
AFTERWARDS: dict[str, Promise] = {
    "again": _("Bill the period again"),
    "never": _("Do not bill it again"),
}
"""What becomes of the period of an invoice that is credited in full."""
WAYS: dict[str, Promise] = {
    "amount": _("Net amount"),
    "quantity": _("Quantity"),
    "tax_only": _("Tax only"),
}
ACCOUNTS: dict[str, Promise] = {
    "receivable": _("Receivable"),
    "customer_credit": _("Customer credit"),
    "revenue": _("Revenue"),
    "credit_given": _("Credit given"),
    "tax_payable": _("Tax payable"),
    "credit_written_off": _("Credit written off"),
    "money_clearing": _("Money clearing"),
    "unallocated": _("Money on account"),
    "small_differences": _("Small differences"),
}
POSTINGS: dict[str, Promise] = {
    "invoice.issue": _("Invoice issued"),
    "invoice.void": _("Invoice voided"),
    "creditmemo.issue": _("Issued"),
    "creditmemo.apply": _("Applied"),
    "invoice.carry": _("Balance carried over"),
    "creditmemo.reverse": _("Reversed"),
    "creditmemo.close": _("Written off"),
    "creditmemo.reopen": _("Reopened"),
    "creditmemo.void": _("Voided"),
    "payment.received": _("Payment received"),
    "payment.allocated": _("Payment allocated"),
    "payment.taken_off": _("Payment taken off"),
    "payment.returned": _("Payment returned"),
    "payment.unreturned": _("Return undone"),
    "payment.kept": _("Surplus kept"),
}
