"""Subscriptions: who has which plan, how many of it, since when, and every change of that."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from companies.members import Member


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Named filters over subscriptions."""

    def visible_to(self, member: Member) -> SubscriptionQuerySet:
        """What this member may see (domain: roles): staff all, vendors their products, others what they have or pay."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        if member.is_staff_side:
            return inside
        if member.is_developer:
            return inside.filter(product__vendor_id=member.company.pk)
        if member.company.kind == "reseller":
            return inside.filter(
                Q(account__payer_id=member.company.pk) | Q(account__merchant__company_id=member.company.pk)
            )
        own = inside.filter(company_id=member.company.pk)
        return own.filter(billed_user_id=member.user.pk) if member.is_plain_user else own


class Subscription(models.Model):
    """One company's subscription to one product; what it pays for is told by its terms.

    ``anchor`` is the day that periods are counted from. ``due_on`` is the next day on which a period becomes due, kept
    by billing; None when nothing will. A cancellation says on which day it takes effect and whether days paid for are
    given back. ``committed`` is what its periods that are due through ``committed_until`` will be charged, with tax, in
    minor units: kept by billing for credit limits, and None as soon as anything of it changes (ADR 68).
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="subscriptions")
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="subscriptions")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="subscriptions")
    billed_user = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    product = models.ForeignKey("subscriptions.Product", on_delete=models.PROTECT, related_name="subscriptions")
    started_on = models.DateField()
    anchor = models.DateField()
    due_on = models.DateField(null=True)
    cancelled_on = models.DateField(null=True)
    cancelled_at_cycle = models.BooleanField(default=False)
    partial_credit = models.BooleanField(default=False)
    cancel_reason = models.TextField(blank=True)
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    committed = models.BigIntegerField(null=True)
    committed_until = models.DateField(null=True)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subscription_cancelled_whole",
                condition=Q(cancelled_on__isnull=True, cancelled_at__isnull=True)
                | Q(cancelled_on__isnull=False, cancelled_at__isnull=False),
            ),
            models.UniqueConstraint(fields=["id", "marketplace"], name="subscription_with_marketplace"),
        ]
        indexes = [
            models.Index(fields=["marketplace", "due_on"], name="subscription_due", condition=Q(due_on__isnull=False)),
            models.Index(fields=["marketplace", "-started_on", "-id"], name="subscription_by_start"),
            models.Index(fields=["company", "-started_on", "-id"], name="subscription_by_company"),
        ]

    def __str__(self) -> str:
        return f"{self.product} for {self.company}"


class SubscriptionTerms(models.Model):
    """Plan and quantity from ``day`` on, until the next terms: one row of the history, only ever added to.

    ``at_cycle``: ``day`` is the first day of the cycle that the change waited for. ``anchor`` starts a new cycle.
    ``key`` names the billing event of the change.
    """

    class Kind(models.TextChoices):
        PURCHASE = "purchase", _("Purchase")
        UPGRADE = "upgrade", _("Upgrade")
        DOWNGRADE = "downgrade", _("Downgrade")

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="terms")
    position = models.PositiveIntegerField()
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    day = models.DateField()
    plan = models.ForeignKey("subscriptions.Plan", on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=18, decimal_places=6)
    at_cycle = models.BooleanField(default=False)
    anchor = models.DateField(null=True)
    agreed_at = models.DateTimeField()
    agreed_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "subscription terms"
        ordering = ("position",)
        constraints = [
            models.UniqueConstraint(fields=["subscription", "position"], name="terms_position"),
            models.CheckConstraint(name="terms_quantity_not_negative", condition=Q(quantity__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.plan} from {self.day}"
