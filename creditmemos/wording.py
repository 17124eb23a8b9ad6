"""The words for codes that memos store: sources, uses, ways of crediting. Statuses have theirs in `core.badges`."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SOURCES: dict[str, Promise] = {
    "automatic": _("Automatic"),
    "from_invoice": _("From an invoice"),
    "ad_hoc": _("Ad hoc"),
    "refund": _("Refund"),
    "carried": _("Balance carried"),
}
USES: dict[str, Promise] = {
    "follow": _("Follow the marketplace"),
    "apply_now": _("Apply to this invoice now"),
    "hold": _("Hold"),
}
WAYS: dict[str, Promise] = {
    "amount": _("Net amount"),
    "quantity": _("Quantity"),
    "tax_only": _("Tax only"),
}
VERBS: dict[str, Promise] = {
    "creditmemo.issue_requested": _("Asked a second person to issue it"),
    "creditmemo.issued": _("Issued"),
    "creditmemo.approved": _("Approved"),
    "creditmemo.rejected": _("Rejected"),
    "creditmemo.withdrawn": _("Took the request back"),
    "creditmemo.applied": _("Used credit"),
    "creditmemo.reversed": _("Reversed an application"),
    "creditmemo.held": _("Put on hold"),
    "creditmemo.released": _("Released from hold"),
    "creditmemo.close_requested": _("Asked a second person to close it"),
    "creditmemo.closed": _("Closed"),
    "creditmemo.reopen_requested": _("Asked a second person to reopen it"),
    "creditmemo.reopened": _("Reopened"),
    "creditmemo.voided": _("Voided"),
    "documents.try_again": _("Had a failed PDF made again"),
}
ASKED: dict[str, Promise] = {"issue": _("issue it"), "close": _("close it"), "reopen": _("reopen it")}
ACCOUNTS: dict[str, Promise] = {
    "receivable": _("Receivable"),
    "customer_credit": _("Customer credit"),
    "revenue": _("Revenue"),
    "credit_given": _("Credit given"),
    "tax_payable": _("Tax payable"),
    "credit_written_off": _("Credit written off"),
    "money_clearing": _("Money clearing"),
    "unallocated": _("Unallocated money"),
}
POSTINGS: dict[str, Promise] = {
    "creditmemo.issue": _("Issued"),
    "creditmemo.apply": _("Applied"),
    "creditmemo.reverse": _("Reversed"),
    "creditmemo.close": _("Written off"),
    "creditmemo.reopen": _("Reopened"),
    "creditmemo.void": _("Voided"),
}
