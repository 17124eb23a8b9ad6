"""The counters behind document numbers: gapless, in date order, one row each (I12)."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class NumberSeries(models.Model):
    """The last number given for a merchant and kind of document; ``year`` is 0 unless the marketplace resets yearly.

    ``range_start`` is the first number of the last step, so that a guard can see whether the step was used up before
    the next one is taken.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice", _("Invoices")
        CREDIT_MEMO = "credit_memo", _("Credit memos")
        SHARED = "shared", _("Invoices and credit memos")
        ADJUSTMENT = "adjustment", _("Small differences and written-off debts")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    merchant = models.ForeignKey("companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    year = models.PositiveSmallIntegerField(default=0)
    first_number = models.BigIntegerField(default=1)
    range_start = models.BigIntegerField(default=1)
    last_number = models.BigIntegerField(default=0)
    last_date = models.DateField(null=True)

    class Meta:
        verbose_name_plural = "number series"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "kind", "year"], name="i12_one_series"),
            models.UniqueConstraint(fields=["id", "marketplace", "merchant"], name="series_with_merchant"),
            models.CheckConstraint(
                name="i12_counter_range",
                condition=Q(range_start__gte=1) & Q(last_number__gte=F("range_start") - 1),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of merchant {self.merchant_id}: {self.last_number}"
