"""Companies: customers, resellers, vendors and the marketplace's own operator; and who sells."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.search_keys import SearchKey, TrigramIndex

if TYPE_CHECKING:
    from companies.members import Member


class CompanyQuerySet(models.QuerySet["Company"]):
    """Named filters over companies."""

    def visible_to(self, member: Member) -> CompanyQuerySet:
        """What this member may see: all of the marketplace for its staff, else the own company and its customers."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        if member.is_staff_side:
            return inside
        return inside.filter(
            Q(pk=member.company.pk) | Q(reseller_id=member.company.pk) | Q(parent_id=member.company.pk)
        )


class Company(models.Model):
    """A legal entity in one marketplace. One level of parents; a reseller bills its customers indirectly.

    ``reseller`` is who pays for this customer, and sells to it; None where it pays itself. Where
    ``company_wide_billing`` is off, documents are for one user and credit stays with that user. ``payment_terms_days``
    and ``language`` are its own; empty takes the marketplace's. ``country`` is ISO 3166-1 alpha-2. ``external_key`` is
    what another system calls it: files name companies by it. Look-ups search its name, lists its details too.
    """

    class Kind(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        RESELLER = "reseller", _("Reseller")
        VENDOR = "vendor", _("Vendor")
        OPERATOR = "operator", _("Operator")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="companies")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200)
    external_key = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CUSTOMER)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    reseller = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="customers")
    company_wide_billing = models.BooleanField(default=True)
    language = models.CharField(max_length=8, blank=True)
    payment_terms_days = models.PositiveSmallIntegerField(null=True, blank=True)
    street = models.CharField(max_length=200, blank=True)
    postal_code = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2, blank=True)
    tax_number = models.CharField(max_length=40, blank=True)
    tax_exempt = models.BooleanField(default=False)
    billing_email = models.EmailField(blank=True)
    is_active = models.BooleanField(default=True)
    search_key = SearchKey("name")
    details_key = SearchKey("external_key", "tax_number", "street", "postal_code", "city", "billing_email")

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "companies"
        constraints = [
            models.UniqueConstraint(fields=["id", "marketplace"], name="company_with_marketplace"),
            models.UniqueConstraint(
                fields=["marketplace", "external_key"],
                condition=~Q(external_key=""),
                name="company_external_key_once",
            ),
            models.CheckConstraint(
                name="company_not_its_own_relative", condition=~Q(parent=F("id")) & ~Q(reseller=F("id"))
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "name", "id"], name="company_by_name"),
            TrigramIndex(fields=["search_key"], name="company_by_search"),
            TrigramIndex(fields=["details_key"], name="company_by_details"),
        ]

    def __str__(self) -> str:
        return self.name

    def snapshot(self) -> dict[str, str]:
        """What a document prints of this party, frozen into it at issue (I10)."""
        return {
            "name": self.name,
            "street": self.street,
            "postal_code": self.postal_code,
            "city": self.city,
            "country": self.country,
            "tax_number": self.tax_number,
        }


class MerchantOfRecord(models.Model):
    """Who sells and to whom the debt is owed: the marketplace's operator, or a reseller in indirect billing.

    ``closed_through`` is the last closed day: nothing is posted or effective on or before it.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="merchants")
    company = models.OneToOneField(Company, on_delete=models.PROTECT, related_name="merchant")
    code = models.CharField(max_length=10)
    closed_through = models.DateField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "merchants of record"
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "code"], name="merchant_code_unique"),
            models.UniqueConstraint(fields=["id", "marketplace"], name="merchant_with_marketplace"),
        ]

    def __str__(self) -> str:
        return self.code
