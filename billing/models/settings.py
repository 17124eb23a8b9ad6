"""How a marketplace bills: its calendar, the day rules of rating, and its tax table."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.domain.calendar import Schedule


class BillingSettings(models.Model):
    """One row a marketplace. ``day`` (1 to 28, or 31 for the last) is for monthly runs; ``hour`` is the marketplace's.

    ``change_day_is_new``: the day of a change counts for the new terms. ``cancel_day_is_used``: the day of a
    cancellation counts as used. ``lanes``: how many workers may work on one run at once. ``scheduled_since``: the first
    day that the calendar may start a run for.
    """

    class Frequency(models.TextChoices):
        OFF = "off", _("Off: each run is started by hand")
        DAILY = "daily", _("Every day")
        MONTHLY = "monthly", _("Once a month")

    marketplace = models.OneToOneField(
        "companies.Marketplace", on_delete=models.PROTECT, related_name="billing_settings"
    )
    frequency = models.CharField(max_length=8, choices=Frequency.choices, default=Frequency.OFF)
    day = models.PositiveSmallIntegerField(default=1)
    hour = models.PositiveSmallIntegerField(default=3)
    change_day_is_new = models.BooleanField(default=True)
    cancel_day_is_used = models.BooleanField(default=True)
    lanes = models.PositiveSmallIntegerField(default=4)
    scheduled_since = models.DateField(null=True)

    class Meta:
        verbose_name_plural = "billing settings"
        constraints = [
            models.CheckConstraint(name="billing_day_in_every_month", condition=Q(day__gte=1, day__lte=28) | Q(day=31)),
            models.CheckConstraint(name="billing_hour_of_day", condition=Q(hour__lte=23)),
            models.CheckConstraint(name="billing_lanes_range", condition=Q(lanes__gte=1, lanes__lte=32)),
        ]

    def __str__(self) -> str:
        return f"Billing settings of {self.marketplace_id}"

    @property
    def schedule(self) -> Schedule:
        """When its runs are."""
        return Schedule(self.frequency, self.day, self.hour)


class TaxRule(models.Model):
    """One tax of the table: ``rate`` (a fraction) for a country and a product's tax class ("": every other class)."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="tax_rules")
    country = models.CharField(max_length=2)
    tax_class = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    name = models.CharField(max_length=60)
    rate = models.DecimalField(max_digits=9, decimal_places=6)

    class Meta:
        ordering = ("country", "tax_class", "position", "id")
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "country", "tax_class", "name"], name="tax_rule_once"),
            models.CheckConstraint(name="tax_rule_rate_range", condition=Q(rate__gte=0, rate__lte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.rate}"

    @property
    def percent(self) -> str:
        """The rate in percent, without needless zeros."""
        return f"{(self.rate * 100).normalize():f}"
