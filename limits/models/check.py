"""The log of checks: what was asked, what counted then, and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from companies.members import Member

_TOTAL = (
    F("dues") - F("pending") + F("committed") + F("reserved") - F("credit") - F("carried") - F("on_account")
    + F("amount")
)  # fmt: skip


class CreditCheckQuerySet(models.QuerySet["CreditCheck"]):
    """Named filters over checks."""

    def visible_to(self, member: Member) -> CreditCheckQuerySet:
        """Checks are for the marketplace's own people."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        return inside if member.is_staff_side else inside.none()


class CreditCheck(models.Model):
    """One answer that somebody could act on: every refusal of a checkout or renewal, and whatever reserved something.

    Addends as in ``limits.domain.exposure``, in minor units, as they stood under the line's lock; ``exposure`` is their
    sum with ``amount``, the purchase. ``limit`` and ``group_limit`` are None where none held. An allowed one fits the
    limits, or was allowed once by ``allowance`` (I25): the database refuses any other row, and every change of one.
    """

    class Kind(models.TextChoices):
        CHECKOUT = "checkout", _("Checkout")
        PURCHASE = "purchase", _("Purchase")
        CHANGE = "change", _("Change")
        ORDER = "order", _("Order")
        RENEWAL = "renewal", _("Renewal")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey("limits.CreditLine", on_delete=models.PROTECT, related_name="checks", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    key = models.CharField(max_length=160)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    subject = models.CharField(max_length=200, blank=True)
    is_allowed = models.BooleanField()
    refusal = models.CharField(max_length=30, blank=True)
    is_blocked = models.BooleanField(default=False)
    limit = models.BigIntegerField(null=True)
    dues = models.BigIntegerField()
    pending = models.BigIntegerField()
    committed = models.BigIntegerField()
    reserved = models.BigIntegerField()
    credit = models.BigIntegerField()
    carried = models.BigIntegerField()
    on_account = models.BigIntegerField()
    exposure = models.BigIntegerField()
    group_limit = models.BigIntegerField(null=True)
    group_exposure = models.BigIntegerField(null=True)
    allowance = models.OneToOneField(
        "limits.Allowance", null=True, on_delete=models.PROTECT, related_name="check_of_use"
    )
    asked_by = models.ForeignKey(
        "companies.User", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    asked_at = models.DateTimeField()

    objects = CreditCheckQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="i25_exposure_is_its_sum", condition=Q(exposure=_TOTAL)),
            models.CheckConstraint(name="i25_amount_not_negative", condition=Q(amount__gte=0)),
            models.CheckConstraint(
                name="i25_within_limit",
                condition=Q(is_allowed=False)
                | Q(is_blocked=False)
                & (
                    Q(allowance__isnull=False)
                    | (Q(limit__isnull=True) | Q(exposure__lte=F("limit")))
                    & (Q(group_limit__isnull=True) | Q(group_exposure__lte=F("group_limit")))
                ),
            ),
            models.CheckConstraint(
                name="i25_refused_says_why",
                condition=Q(is_allowed=True, refusal="") | Q(is_allowed=False) & ~Q(refusal=""),
            ),
        ]
        indexes = [
            models.Index(fields=["line", "-id"], name="credit_check_by_line"),
            models.Index(fields=["marketplace", "-id"], name="credit_check_refused", condition=Q(is_allowed=False)),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
