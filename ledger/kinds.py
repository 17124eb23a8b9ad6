"""The journal's accounts (domain: the journal). Nothing else is posted to."""

from django.db.models import TextChoices


class Account(TextChoices):
    """Receivable carries account and invoice, customer credit carries account and memo; the others carry neither."""

    RECEIVABLE = "receivable", "Receivable"
    CUSTOMER_CREDIT = "customer_credit", "Customer credit"
    REVENUE = "revenue", "Revenue"
    CREDIT_GIVEN = "credit_given", "Credit given"
    TAX_PAYABLE = "tax_payable", "Tax payable"
    CREDIT_WRITTEN_OFF = "credit_written_off", "Credit written off"
    MONEY_CLEARING = "money_clearing", "Money clearing"
    UNALLOCATED = "unallocated", "Unallocated money"
