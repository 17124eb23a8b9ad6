"""What else moves money on account: a bank takes it back, the merchant keeps a surplus. Only added to (I13)."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.ids import uuid7


class Movement(models.Model):
    """An amount that leaves a payment's money on account, minor units; below zero it comes back (``reverses``)."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey("payments.Payment", on_delete=models.PROTECT)
    amount = models.BigIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversal")
    posting_date = models.DateField()
    created_at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="i21_%(class)s_sign",
                condition=Q(reverses__isnull=True, amount__gt=0) | Q(reverses__isnull=False, amount__lt=0),
            ),
        ]
        indexes = [models.Index(fields=["payment", "created_at"], name="%(class)s_by_payment")]


class PaymentReturn(Movement):
    """Money that a bank or provider took back; ``value_date`` is the day on which it did."""

    class Reason(models.TextChoices):
        DISPUTE = "dispute", _("Lost dispute")
        BANK_RETURN = "bank_return", _("Returned by the bank")
        BOUNCED = "bounced", _("Bounced cheque")
        CORRECTION = "correction", _("Recorded by mistake")

    reason = models.CharField(max_length=12, choices=Reason.choices)
    value_date = models.DateField()
    provider_ref = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - None: the provider knows none

    class Meta(Movement.Meta):
        constraints = [
            *Movement.Meta.constraints,
            models.UniqueConstraint(fields=["provider_ref"], name="i22_return_ref_once"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} of payment {self.payment_id} returned"


class KeptSurplus(Movement):
    """A surplus up to the marketplace's setting, which the merchant kept."""

    def __str__(self) -> str:
        return f"{self.amount} of payment {self.payment_id} kept"
