"""What settles an invoice: credit that is applied to it, or money that is allocated to it. Only added to (I13)."""

from django.conf import settings
from django.db import models

from core.ids import uuid7


class Settlement(models.Model):
    """An ``amount`` of one document used on one invoice, minor units; a reversal is a negative row naming its original.

    ``automatic``: the policy chose it, nobody by hand.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="%(class)ss")
    currency = models.CharField(max_length=3)
    invoice = models.ForeignKey("invoices.Invoice", on_delete=models.PROTECT, related_name="%(class)ss")
    amount = models.BigIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    automatic = models.BooleanField(default=False)
    posting_date = models.DateField()
    created_at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        abstract = True
