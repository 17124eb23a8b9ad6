"""Reservations: exposure kept for a purchase until it is a billing event, is released, or runs out."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ReservationQuerySet(models.QuerySet["Reservation"]):
    """Named filters over reservations."""

    def live(self, now: datetime) -> ReservationQuerySet:
        """Those that count: held, and not run out."""
        return self.filter(state=Reservation.State.HELD, expires_at__gt=now)


class Reservation(models.Model):
    """``amount`` minor units kept for the purchase that its maker calls ``key``; one that ended never changes again.

    ``check_row`` is the answer that allowed it (I25). *used*: the purchase is a billing event or a subscription, which
    counts in its place from the same transaction on.
    """

    class State(models.TextChoices):
        HELD = "held", _("Held")
        USED = "used", _("Used")
        RELEASED = "released", _("Released")
        EXPIRED = "expired", _("Expired")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    line = models.ForeignKey("limits.CreditLine", on_delete=models.PROTECT, related_name="reservations", db_index=False)
    check_row = models.OneToOneField("limits.CreditCheck", on_delete=models.PROTECT, related_name="reservation")
    key = models.CharField(max_length=160)
    amount = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.HELD)
    subject = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = ReservationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "key"], name="i25_reservation_once"),
            models.CheckConstraint(name="i25_reservation_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="i25_reservation_ends",
                condition=Q(state="held", ended_at__isnull=True)
                | Q(state__in=["used", "released", "expired"], ended_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["line", "expires_at", "amount"], name="reservation_live", condition=Q(state="held")),
            models.Index(fields=["expires_at"], name="reservation_to_expire", condition=Q(state="held")),
        ]

    def __str__(self) -> str:
        return self.key
