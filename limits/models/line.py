"""Credit lines: one row for every company, whose lock decides purchases (I25), and every change of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from limits.domain import policy

if TYPE_CHECKING:
    from companies.members import Member


def _limit_with_mode() -> Q:
    return Q(mode=policy.LIMIT, amount__isnull=False, amount__gte=0) | Q(
        mode__in=[policy.INHERIT, policy.UNLIMITED, policy.BLOCKED], amount__isnull=True
    )


class Mode(models.TextChoices):
    """What a line says: what the marketplace does, an amount (0: prepaid only), anything, or nothing."""

    INHERIT = policy.INHERIT, _("As the marketplace")
    LIMIT = policy.LIMIT, _("Own limit")
    UNLIMITED = policy.UNLIMITED, _("No limit")
    BLOCKED = policy.BLOCKED, _("Blocked")


class CreditLineQuerySet(models.QuerySet["CreditLine"]):
    """Named filters over credit lines."""

    def visible_to(self, member: Member) -> CreditLineQuerySet:
        """All of the marketplace for its staff, else that of the member's own company."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        return inside if member.is_staff_side else inside.filter(payer_id=member.company.pk)


class CreditLine(models.Model):
    """What one company may owe, as payer, over all its balance accounts; a trigger makes it with the company.

    ``amount`` is minor units of the marketplace's currency, there only where ``mode`` is *limit*. ``is_shared``: the
    line also bounds what the company and its children owe together. ``version`` is its last change's. ``reached_on``
    is the day on which it was last told that the limit is reached.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    payer = models.OneToOneField("companies.Company", on_delete=models.PROTECT, related_name="credit_line")
    mode = models.CharField(max_length=10, choices=Mode.choices, default=Mode.INHERIT)
    amount = models.BigIntegerField(null=True)
    is_shared = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    reached_on = models.DateField(null=True)

    objects = CreditLineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="i25_limit_with_mode", condition=_limit_with_mode()),
            models.UniqueConstraint(fields=["id", "marketplace", "payer"], name="credit_line_with_payer"),
        ]

    def __str__(self) -> str:
        return f"Credit line of {self.payer_id}"


class CreditLineChange(models.Model):
    """What a line says from ``changed_at`` on, with why and by whom; rows are only added, ``version`` from 1 (I13)."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey(CreditLine, on_delete=models.PROTECT, related_name="changes")
    version = models.PositiveIntegerField()
    mode = models.CharField(max_length=10, choices=Mode.choices)
    amount = models.BigIntegerField(null=True)
    is_shared = models.BooleanField()
    reason = models.TextField()
    changed_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["line", "version"], name="credit_line_change_once"),
            models.CheckConstraint(name="i25_change_with_mode", condition=_limit_with_mode()),
            models.CheckConstraint(name="i25_change_has_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"Change {self.version} of credit line {self.line_id}"
