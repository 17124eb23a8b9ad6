"""A marketplace is a tenant; its settings row says how its billing behaves."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.money import exponent


class TaxBy(models.TextChoices):
    """Where the taxes of a document are rounded; a document keeps what held when it was issued."""

    LINE = "line", _("On each line")
    DOCUMENT = "document", _("Once for each rate on the document")


class Marketplace(models.Model):
    """One tenant: one currency, one time zone, its languages, and a billing pipeline (V1 or V2)."""

    class Pipeline(models.TextChoices):
        V1 = "v1", "V1"
        V2 = "v2", "V2"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    currency = models.CharField(max_length=3)
    time_zone = models.CharField(max_length=60, default="UTC")
    languages = models.JSONField(default=list)
    default_language = models.CharField(max_length=8, default="en")
    pipeline = models.CharField(max_length=2, choices=Pipeline.choices, default=Pipeline.V2)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["id", "currency"], name="marketplace_with_currency"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def exponent(self) -> int:
        """Decimals of the currency: 0, 2 or 3."""
        return exponent(self.currency)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which this marketplace's days begin."""
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """The calendar day at ``now`` where the marketplace is."""
        return now.astimezone(self.zone).date()


class MarketplaceSettings(models.Model):
    """The Invoice & Credit Memo settings of one marketplace; amounts in its currency's minor units.

    ``auto_apply`` uses credit on new invoices, ``apply_to_existing`` new credit on invoices that are open already, both
    in ``apply_order``. ``approval_threshold`` is what one person may give for a company in 24 hours (None: any
    amount), ``allow_alone`` whether somebody may act alone, a day after saying so, where nobody else may decide.
    ``effective_days_back`` is how many days before today credit without a source invoice may be effective (0: today).
    ``grouped_creation`` shows the lines of an invoice that is credited by product, subscription and period;
    ``auto_allocate`` uses money on account on open invoices, after credit, in the same order. Up to
    ``small_difference`` a surplus may be kept and a shortfall be settled (0: never). ``credit_limit`` is that of
    companies without one of their own (None: no limit); what is to be charged within ``credit_window_days`` counts.
    ``unified_invoice`` shows an invoice with what was credited on it as one. ``shared_numbers`` counts invoices and
    memos in one series.
    """

    class ApplyOrder(models.TextChoices):
        DUE_DATE = "due_date", _("Earliest due date first")
        INVOICE_DATE = "invoice_date", _("Oldest invoice first")
        LARGEST_DUE = "largest_due", _("Largest amount due first")
        SMALLEST_DUE = "smallest_due", _("Smallest amount due first")

    class EInvoiceInPdf(models.TextChoices):
        OFF = "off", _("None")
        UBL = "ubl", _("As UBL")
        CII = "cii", _("As CII")

    marketplace = models.OneToOneField(Marketplace, on_delete=models.PROTECT, related_name="settings")
    auto_apply = models.BooleanField(default=True)
    apply_to_existing = models.BooleanField(default=True)
    apply_order = models.CharField(max_length=20, choices=ApplyOrder.choices, default=ApplyOrder.DUE_DATE)
    allow_close = models.BooleanField(default=True)
    approval_threshold = models.BigIntegerField(null=True, blank=True)
    allow_alone = models.BooleanField(default=True)
    credit_paid_invoices = models.BooleanField(default=True)
    grouped_creation = models.BooleanField(default=True)
    unified_invoice = models.BooleanField(default=True)
    effective_days_back = models.PositiveSmallIntegerField(default=365)
    customers_may_apply = models.BooleanField(default=True)
    auto_allocate = models.BooleanField(default=True, db_default=True)
    small_difference = models.BigIntegerField(default=0, db_default=0)
    credit_limit = models.BigIntegerField(null=True, blank=True)
    credit_window_days = models.PositiveSmallIntegerField(default=30, db_default=30)
    payment_terms_days = models.PositiveSmallIntegerField(default=14)
    invoice_prefix = models.CharField(max_length=20, default="INV-{YYYY}-")
    memo_prefix = models.CharField(max_length=20, default="CM-{YYYY}-")
    shared_numbers = models.BooleanField(default=False)
    yearly_reset = models.BooleanField(default=False)
    tax_by = models.CharField(max_length=8, choices=TaxBy.choices, default=TaxBy.LINE)
    einvoice_in_pdf = models.CharField(max_length=3, choices=EInvoiceInPdf.choices, default=EInvoiceInPdf.OFF)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="settings_threshold_not_negative",
                condition=Q(approval_threshold__isnull=True) | Q(approval_threshold__gte=0),
            ),
            models.CheckConstraint(name="settings_difference_not_negative", condition=Q(small_difference__gte=0)),
            models.CheckConstraint(
                name="settings_credit_limit_not_negative",
                condition=Q(credit_limit__isnull=True) | Q(credit_limit__gte=0),
            ),
            models.CheckConstraint(
                name="i12_reset_needs_year",
                condition=Q(yearly_reset=False)
                | (
                    (Q(invoice_prefix__contains="{YYYY}") | Q(invoice_prefix__contains="{YY}"))
                    & (Q(memo_prefix__contains="{YYYY}") | Q(memo_prefix__contains="{YY}"))
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"Settings of {self.marketplace_id}"
