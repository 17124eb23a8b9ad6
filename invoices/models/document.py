"""What invoices and credit memos share: who owes whom, the frozen print of it, and who may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from companies.models import TaxBy
from core.search_keys import SearchKey

if TYPE_CHECKING:
    from companies.members import Member

Document = TypeVar("Document", bound="BillingDocument")


class BillingDocumentQuerySet(models.QuerySet[Document]):
    """Named filters that invoices and credit memos share."""

    def visible_to(self, member: Member) -> Self:
        """What this member may see (I20). One that a reseller pays is hidden from its customer."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        if member.is_staff_side:
            return inside
        issued = inside.filter(number__isnull=False)
        if member.is_developer:
            lines: Any = self.model._meta.get_field("lines")
            own_lines = lines.related_model.objects.filter(vendor_id=member.company.pk)
            return issued.filter(pk__in=own_lines.values(lines.remote_field.attname))
        if member.company.kind == "reseller":
            return issued.filter(Q(payer_id=member.company.pk) | Q(merchant__company_id=member.company.pk))
        own = issued.filter(payer_id=member.company.pk)
        return own.filter(billed_user_id=member.user.pk) if member.is_plain_user else own


class BillingDocument(models.Model):
    """A numbered document of one balance account. Amounts are in minor units of ``currency``.

    ``number`` is None until it is issued. ``document_date`` sorts lists: the day it was drafted, then the issue date.
    ``payer_name`` and ``billed_user_name`` are frozen at issue, with everything else that is printed, in ``frozen``.
    ``tax_by`` is frozen too: credit of an invoice follows the invoice's, whatever the marketplace says by then.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="%(class)ss")
    merchant = models.ForeignKey("companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="%(class)ss_to_pay")
    beneficiary = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    billed_user = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    payer_name = models.CharField(max_length=200)
    billed_user_name = models.CharField(max_length=120, blank=True)

    number = models.CharField(max_length=40, null=True)  # noqa: DJ001 - None says "not issued", "" would be a number
    series = models.ForeignKey("documents.NumberSeries", null=True, on_delete=models.PROTECT, related_name="+")
    sequence = models.BigIntegerField(null=True)
    search_key = SearchKey("number")
    document_date = models.DateField()
    issue_date = models.DateField(null=True)
    effective_date = models.DateField(null=True)
    language = models.CharField(max_length=8)
    frozen = models.JSONField(default=dict)
    tax_by = models.CharField(max_length=8, choices=TaxBy.choices, default=TaxBy.LINE)

    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    total = models.BigIntegerField()

    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def is_issued(self) -> bool:
        """Whether it has a number, and so counts in the books."""
        return self.number is not None


class DocumentLine(models.Model):
    """What one line of an invoice or memo says; printed as it stands here. Quantities and prices are Decimals."""

    position = models.PositiveIntegerField()
    description = models.CharField(max_length=300)
    product_name = models.CharField(max_length=200, blank=True)
    product_uuid = models.UUIDField(null=True, blank=True)
    vendor = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")
    subscription_uuid = models.UUIDField(null=True, blank=True)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    unit_price = models.DecimalField(max_digits=24, decimal_places=8)
    net = models.BigIntegerField()
    tax = models.BigIntegerField(default=0)

    class Meta:
        abstract = True
        ordering = ("position",)

    @property
    def gross(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax


class LineTax(models.Model):
    """One tax of one line: ``rate`` is a fraction (0.2 for 20 %), ``base`` and ``amount`` are minor units."""

    name = models.CharField(max_length=60)
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    base = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        abstract = True
        ordering = ("pk",)
