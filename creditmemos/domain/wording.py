"""The words for codes that memos store: sources, uses, ways of crediting. Statuses have theirs in `labels`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditmemos.domain.adjustments import ORDINARY, SMALL_DIFFERENCE, UNCOLLECTIBLE

KIND = "creditmemo"
"""How requests name memos; those that wait are looked up by it, so it keeps its spelling (ADR 35)."""
ISSUE, CLOSE, REOPEN = "issue", "close", "reopen"
"""What a second person is asked about memos."""
PAY_OUT = "pay_out"
"""What payments ask about memos, which are on hold meanwhile."""
VOID, UNDO, REVERSE, DIVIDE = "void", "undo_and_void", "reverse", "divide"
"""What is asked besides for relatives of the operator."""
APPLIED, REVERSED = "credit_memo.applied", "credit_memo.reversed"
"""Events and audit rows of applying."""
INVOICE = "invoice"
"""How requests name invoices."""
SETTLE_DIFFERENCE, WRITE_OFF = "settle_difference", "write_off"
"""What a second person is asked about what stays open on an invoice."""
REFUND_ITEMS = "refund_items"
"""What payments ask about an invoice: credit items of it and pay them back."""
ISSUED = {
    ORDINARY: "credit_memo.issued",
    SMALL_DIFFERENCE: "credit_memo.difference_settled",
    UNCOLLECTIBLE: "credit_memo.debt_written_off",
}
"""The audit row of an issue, by what the memo is for."""
ADJUSTED, UNADJUSTED = "adjustment.issued", "adjustment.voided"
"""Events about adjustments, which no PDF and no mail follows."""

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
PURPOSES: dict[str, Promise] = {
    SMALL_DIFFERENCE: _("Small difference"),
    UNCOLLECTIBLE: _("Written off as uncollectible"),
}
"""What an adjustment is for, as staff reads it."""
FOR_CUSTOMERS: dict[str, Promise] = {
    SMALL_DIFFERENCE: _("Small difference"),
    UNCOLLECTIBLE: _("Settled by the merchant"),
}
"""The same on statements and pages of customers: that a debt was given up as bad is not told to the debtor."""
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
    "refund.sent": _("Refund"),
    "refund.returned": _("Refund returned"),
}
