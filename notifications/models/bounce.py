"""Addresses that mail servers refuse: nobody mails them by itself until somebody, or a later success, clears them."""

from django.db import models
from django.db.models import Q


class BouncedAddress(models.Model):
    """An address, in small letters, the answer that condemned it, and the mail that got it.

    ``cleared_at`` ends it; a later bounce is a new row.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    address = models.CharField(max_length=254)
    delivery = models.ForeignKey("notifications.Delivery", on_delete=models.PROTECT, related_name="+")
    answer = models.TextField()
    since = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "bounced addresses"
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "address"], name="bounced_once", condition=Q(cleared_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.address
