"""What billing could not do as asked: never dropped in silence, never failing a batch."""

from django.db import models
from django.db.models import Q

from billing.rating.explaining import REASONS


class BillingException(models.Model):
    """A part of an event that was not billed: ``amount`` (net, minor units) is what is missing from a credit.

    With ``invoice`` or ``memo`` it is that document, which was taken back and is not billed or credited again.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    run = models.ForeignKey("billing.BillingRun", on_delete=models.PROTECT, related_name="exceptions")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="+")
    event = models.ForeignKey("billing.BillingEvent", null=True, on_delete=models.PROTECT, related_name="exceptions")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    charge = models.ForeignKey("billing.Charge", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    invoice = models.ForeignKey(
        "invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    memo = models.ForeignKey(
        "creditmemos.CreditMemo", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reason = models.CharField(max_length=40)
    amount = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["marketplace", "-id"], name="exception_unseen", condition=Q(seen_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.reason

    @property
    def reason_text(self) -> str:
        """Why it was not billed, in words."""
        return str(REASONS.get(self.reason, self.reason))
