"""The journal's accounts (domain: the journal). Nothing else is posted to."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Account(TextChoices):
    """Receivable carries account and invoice, customer credit account and memo, unallocated account and payment.

    Money clearing names the payment that moved, where there is one; the others carry nothing.
    """

    RECEIVABLE = "receivable", _("Receivable")
    CUSTOMER_CREDIT = "customer_credit", _("Customer credit")
    REVENUE = "revenue", _("Revenue")
    CREDIT_GIVEN = "credit_given", _("Credit given")
    TAX_PAYABLE = "tax_payable", _("Tax payable")
    CREDIT_WRITTEN_OFF = "credit_written_off", _("Credit written off")
    MONEY_CLEARING = "money_clearing", _("Money clearing")
    UNALLOCATED = "unallocated", _("Money on account")
    SMALL_DIFFERENCES = "small_differences", _("Small differences")


NAMES_ACCOUNT = (Account.RECEIVABLE, Account.CUSTOMER_CREDIT, Account.UNALLOCATED)
"""Entries on these are of one balance account: together they are its statement."""
