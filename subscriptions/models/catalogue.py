"""What a marketplace sells: products, their editions, the plans that price them, and discounts on all of it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.search_keys import SearchKey, TrigramIndex


class Product(models.Model):
    """Something sold; ``tax_class`` picks the taxes of its lines, ``vendor`` is the company that made it."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="products")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    vendor = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="products")
    tax_class = models.CharField(max_length=40, blank=True)
    is_active = models.BooleanField(default=True)
    search_key = SearchKey("name")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "name"], name="product_name_unique"),
            models.UniqueConstraint(fields=["id", "marketplace"], name="product_with_marketplace"),
        ]
        indexes = [TrigramIndex(fields=["search_key"], name="product_by_search")]

    def __str__(self) -> str:
        return self.name


class Edition(models.Model):
    """One edition of a product, such as Basic or Pro."""

    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="editions")
    name = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "name"], name="edition_name_unique")]

    def __str__(self) -> str:
        return self.name


class Plan(models.Model):
    """A price of an edition for each period of ``months``, charged in advance or in arrears.

    ``tiers`` are ``[[up to, price], ...]`` as texts, the last one without an end (null); prices are in major units.
    ``usage_model`` and ``usage_tiers`` price what is metered beside it, per period, in arrears.
    """

    class Model(models.TextChoices):
        FLAT = "flat", _("Flat")
        UNIT = "unit", _("Per unit")
        TIERED = "tiered", _("Tiered")
        VOLUME = "volume", _("Volume")

    class Months(models.IntegerChoices):
        MONTHLY = 1, _("Monthly")
        YEARLY = 12, _("Yearly")

    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="plans")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=120)
    months = models.PositiveSmallIntegerField(choices=Months.choices, default=Months.MONTHLY)
    in_advance = models.BooleanField(default=True)
    model = models.CharField(max_length=6, choices=Model.choices)
    tiers = models.JSONField()
    usage_model = models.CharField(max_length=6, choices=Model.choices, blank=True)
    usage_tiers = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["edition", "name"], name="plan_name_unique"),
            models.CheckConstraint(name="plan_months", condition=Q(months__in=[1, 12])),
            models.CheckConstraint(
                name="plan_model_known", condition=Q(model__in=["flat", "unit", "tiered", "volume"])
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Discount(models.Model):
    """A percentage (``rate``, a fraction) or a fixed amount (``fixed``, minor units a period) off.

    For one company or all, and for one product, edition or plan or all; it holds from ``first`` to ``last``.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="discounts")
    name = models.CharField(max_length=120)
    rate = models.DecimalField(max_digits=7, decimal_places=6, null=True, blank=True)
    fixed = models.BigIntegerField(null=True, blank=True)
    company = models.ForeignKey(
        "companies.Company", null=True, blank=True, on_delete=models.PROTECT, related_name="discounts"
    )
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    edition = models.ForeignKey(Edition, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    first = models.DateField(null=True, blank=True)
    last = models.DateField(null=True, blank=True)
    search_key = SearchKey("name")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "name"], name="discount_name_unique"),
            models.CheckConstraint(
                name="discount_rate_or_fixed",
                condition=Q(rate__isnull=False, rate__gte=0, rate__lte=1, fixed__isnull=True)
                | Q(rate__isnull=True, fixed__isnull=False, fixed__gte=0),
            ),
            models.CheckConstraint(
                name="discount_window",
                condition=Q(first__isnull=True) | Q(last__isnull=True) | Q(last__gte=models.F("first")),
            ),
        ]

    def __str__(self) -> str:
        return self.name
