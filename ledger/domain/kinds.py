"""The journal's accounts (domain: the journal). Nothing else is posted to."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Account(TextChoices):
    """Receivable carries account and invoice, customer credit carries account and memo; the others carry neither."""

    RECEIVABLE = "receivable", _("Receivable")
    CUSTOMER_CREDIT = "customer_credit", _("Customer credit")
    REVENUE = "revenue", _("Revenue")
    CREDIT_GIVEN = "credit_given", _("Credit given")
    TAX_PAYABLE = "tax_payable", _("Tax payable")
    CREDIT_WRITTEN_OFF = "credit_written_off", _("Credit written off")
    MONEY_CLEARING = "money_clearing", _("Money clearing")
    UNALLOCATED = "unallocated", _("Unallocated money")
