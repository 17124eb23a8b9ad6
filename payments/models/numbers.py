"""The counter behind the numbers of payments."""

from django.db import models


class PaymentNumbers(models.Model):
    """The last number that a payment of the marketplace was given: one row each, moved by one, without gaps (I12)."""

    marketplace = models.OneToOneField(
        "companies.Marketplace", primary_key=True, on_delete=models.PROTECT, related_name="+"
    )
    last_number = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "payment numbers"

    def __str__(self) -> str:
        return f"payments of marketplace {self.marketplace_id}: {self.last_number}"
