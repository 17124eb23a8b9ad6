"""Billing events: facts that billing must turn into money, each once (its key says so)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from billing.rating import events as kinds
from billing.rating.explaining import REASONS
from billing.rating.lines import NO_SOURCE
from core.checks import LONGEST_REASON

if TYPE_CHECKING:
    from companies.members import Member


ENDED = ("replaced", "cancelled", "aside")
"""How people end events that nobody has billed."""


class BillingEventQuerySet(models.QuerySet["BillingEvent"]):
    """Named filters over events."""

    def visible_to(self, member: Member) -> BillingEventQuerySet:
        """Events are for the marketplace's own people."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        return inside if member.is_staff_side else inside.none()

    def pending(self) -> BillingEventQuerySet:
        """Events that wait for a run."""
        return self.filter(status=BillingEvent.Status.PENDING)

    def failed(self) -> BillingEventQuerySet:
        """Events that could not be billed and wait for somebody."""
        return self.filter(status=BillingEvent.Status.FAILED)


class BillingEvent(models.Model):
    """One fact. ``key`` is its idempotency key in the marketplace; ``body_hash`` says what it held the first time.

    ``quantity`` and ``price`` (major units) are Decimals, ``amount`` is minor units, negative to credit. ``source_key``
    names what a correction or refund is about: a charge's key, or the key of the event that made the charge. Recurring
    charges are no rows here: a subscription's ``due_on`` says when they are due. ``counted`` is the count of usage that
    a record is in, from when it counts. ``credit`` is what a person's correction or refund gives at most, with tax
    where it is known, for the approval limit. ``committed`` is what it will be charged, with tax, in minor units, as
    reckoned for ``committed_until`` (ADR 68). ``replaces`` is the event that it was edited from; ``note`` says why
    somebody cancelled it or set it aside.
    """

    class Kind(models.TextChoices):
        PURCHASE = kinds.PURCHASE, _("Purchase")
        UPGRADE = kinds.UPGRADE, _("Upgrade")
        DOWNGRADE = kinds.DOWNGRADE, _("Downgrade")
        CANCELLATION = kinds.CANCELLATION, _("Cancellation")
        USAGE = kinds.USAGE, _("Usage")
        ORDER = kinds.ORDER, _("One-off order")
        CORRECTION = kinds.CORRECTION, _("Correction")
        REFUND = kinds.REFUND, _("Refund")

    class Status(models.TextChoices):
        PENDING = "pending", _("Waiting for a run")
        BILLED = "billed", _("Billed")
        NOTHING = "nothing", _("Nothing to bill")
        FAILED = "failed", _("Failed")
        ASKED = "asked", _("Awaiting approval")
        REJECTED = "rejected", _("Rejected")
        REPLACED = "replaced", _("Replaced")
        CANCELLED = "cancelled", _("Cancelled")
        ASIDE = "aside", _("Set aside")

    class Origin(models.TextChoices):
        FORM = "form", _("Form")
        API = "api", _("API")
        CSV = "csv", _("CSV file")
        SUBSCRIPTION = "subscription", _("Subscription")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=120)
    body_hash = models.CharField(max_length=64)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    billed_user = models.ForeignKey(
        "companies.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    at = models.DateTimeField(null=True)
    quantity = models.DecimalField(max_digits=18, decimal_places=6, null=True)
    amount = models.BigIntegerField(null=True)
    price = models.DecimalField(max_digits=24, decimal_places=8, null=True)
    product = models.ForeignKey(
        "subscriptions.Product", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    description = models.CharField(max_length=200, blank=True)
    source_key = models.CharField(max_length=160, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.PENDING)
    reason = models.CharField(max_length=40, blank=True)
    counted = models.ForeignKey(
        "billing.Metered", null=True, on_delete=models.PROTECT, related_name="records", db_index=False
    )
    run = models.ForeignKey(
        "billing.BillingRun", null=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        "companies.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    credit = models.BigIntegerField(null=True)
    event_import = models.ForeignKey(
        "billing.EventImport", null=True, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    approved_by = models.ForeignKey(
        "companies.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    retried_by = models.ForeignKey(
        "companies.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )

    committed = models.BigIntegerField(null=True)
    committed_until = models.DateField(null=True)

    replaces = models.ForeignKey(
        "billing.BillingEvent", null=True, on_delete=models.PROTECT, related_name="replacements", db_index=False
    )
    note = models.CharField(max_length=LONGEST_REASON, blank=True)

    objects = BillingEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "key"], name="event_once"),
            models.UniqueConstraint(
                fields=["replaces"],
                name="event_replaced_once",
                condition=Q(replaces__isnull=False) & ~Q(status="rejected"),
            ),
            models.CheckConstraint(
                name="event_status_known",
                condition=Q(status__in=["pending", "billed", "nothing", "failed", "asked", "rejected", *ENDED]),
            ),
            models.CheckConstraint(name="event_failed_has_reason", condition=~Q(status="failed") | ~Q(reason="")),
        ]
        indexes = [
            models.Index(fields=["account", "day"], name="event_pending", condition=Q(status="pending")),
            models.Index(fields=["marketplace", "day"], name="event_waiting", condition=Q(status="pending")),
            models.Index(fields=["marketplace", "-id"], name="event_by_arrival"),
            models.Index(fields=["marketplace", "-id"], name="event_failed", condition=Q(status="failed")),
            models.Index(fields=["subscription", "day"], name="event_by_subscription"),
            models.Index(fields=["created_by", "created_at"], name="event_credit", condition=Q(credit__isnull=False)),
            models.Index(fields=["event_import", "id"], name="event_asked", condition=Q(status="asked")),
            models.Index(fields=["run", "id"], name="event_by_run", condition=Q(run__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"

    @property
    def answerable_id(self) -> int | None:
        """Who answers for it: whoever let it be tried again, else the second person, else its maker."""
        return self.retried_by_id or self.approved_by_id or self.created_by_id

    @property
    def kind_text(self) -> str:
        """The kind in words."""
        return self.get_kind_display()

    @property
    def origin_text(self) -> str:
        """Where it comes from, in words."""
        return self.get_origin_display()

    @property
    def reason_text(self) -> str:
        """Why it was not billed, in words."""
        text = str(REASONS.get(self.reason, self.reason))
        return f"{text}: {self.source_key}" if self.reason == NO_SOURCE and self.source_key else text
