"""Refunds: money that is sent back to a payer, one row for each attempt (I22)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import BooleanField, F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, FSMModelMixin, transition

from core.ids import uuid7
from payments.domain.states import CHANNELS, FAILED, GATEWAY, LIVE, PENDING, RETURNED, SUCCESSFUL, refund_status_sql
from payments.models.payment import Payment
from payments.models.visibility import OfPayers
from payments.models.watched import ASKED_OF_GATEWAY, watched

if TYPE_CHECKING:
    from creditmemos.models import CreditMemo
    from invoices.models import Invoice


class RefundQuerySet(OfPayers["Refund"]):
    """Named filters over refunds."""

    def live(self) -> RefundQuerySet:
        """Those whose money is on its way, or went."""
        return self.filter(status__in=LIVE)


class Refund(FSMModelMixin, models.Model):
    """``amount`` minor units that go back to the payer: a ``memo`` paid out whole, the balance that an ``invoice`` of
    a V1 marketplace carries on, else a payment's money on account.

    Of a memo, ``payment`` is the one that bears it, None where a memo was chosen and paid out off-platform. While it is
    pending it reserves what it sends: the memo, or so much of the money on account. ``value_date`` is the day on which
    a bank moved the money, ``returned_on`` that on which it came back. ``approved_by`` is None where one person was
    enough. ``acting_company`` is whom the maker acted for (I18). ``first_sent_at``, ``look_at`` and ``attention`` are
    as of a payment.
    """

    class Status(models.TextChoices):
        PENDING = PENDING, _("Pending")
        SUCCESSFUL = SUCCESSFUL, _("Successful")
        FAILED = FAILED, _("Failed")
        RETURNED = RETURNED, _("Returned")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="refunds")
    merchant = models.ForeignKey("companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="refunds")
    currency = models.CharField(max_length=3)
    memo = models.ForeignKey("creditmemos.CreditMemo", null=True, on_delete=models.PROTECT, related_name="refunds")
    invoice = models.ForeignKey("invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="refunds")
    payment = models.ForeignKey("payments.Payment", null=True, on_delete=models.PROTECT, related_name="refunds")
    amount = models.BigIntegerField()

    status = FSMField(max_length=10, choices=Status.choices, default=PENDING, protected=True)
    channel = models.CharField(max_length=12, choices=Payment.Channel.choices)
    means = models.CharField(max_length=12, choices=Payment.Means.choices)
    reason = models.TextField()
    reference = models.CharField(max_length=140, blank=True)
    note = models.TextField(blank=True)
    failure_text = models.TextField(blank=True)
    value_date = models.DateField(null=True)
    posting_date = models.DateField(null=True)
    returned_on = models.DateField(null=True)
    key = models.UUIDField(unique=True, default=uuid7, editable=False)
    provider_ref = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - None: the provider knows none
    first_sent_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    attention = models.CharField(
        max_length=14, choices=Payment.Attention.choices, blank=True, default="", db_default=""
    )
    pending_reason = models.CharField(max_length=40, blank=True, default="", db_default="")
    failure_code = models.CharField(max_length=80, blank=True, default="", db_default="")

    requested_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    acting_company = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="i21_refund_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="i21_refund_of_something",
                condition=Q(memo__isnull=False) | Q(payment__isnull=False) | Q(invoice__isnull=False),
            ),
            models.CheckConstraint(
                name="i22_refund_status",
                condition=RawSQL(f"status = {refund_status_sql()}", (), output_field=BooleanField()),
            ),
            models.CheckConstraint(
                name="i22_refund_moments",
                condition=Q(settled_at__isnull=True, posting_date__isnull=True, value_date__isnull=True)
                | Q(settled_at__isnull=False, posting_date__isnull=False, value_date__isnull=False)
                & Q(failed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="i22_refund_returned",
                condition=Q(returned_at__isnull=True, returned_on__isnull=True)
                | Q(returned_at__isnull=False, returned_on__isnull=False, settled_at__isnull=False),
            ),
            models.CheckConstraint(name="i22_refund_borne", condition=~Q(channel=GATEWAY) | Q(payment__isnull=False)),
            models.CheckConstraint(name="i23_refund_watched", condition=watched()),
            models.CheckConstraint(name="refund_channel", condition=Q(channel__in=CHANNELS)),
            models.CheckConstraint(
                name="i18_refund_not_own", condition=Q(acting_company__isnull=True) | ~Q(acting_company=F("payer"))
            ),
            models.CheckConstraint(
                name="i21_refund_of_one_thing",
                condition=Q(invoice__isnull=True) | Q(memo__isnull=True, payment__isnull=True),
            ),
            models.UniqueConstraint(fields=["memo"], condition=Q(status__in=LIVE), name="i22_one_live_payout"),
            models.UniqueConstraint(fields=["invoice"], condition=Q(status__in=LIVE), name="i22_one_live_carried"),
            models.UniqueConstraint(fields=["provider_ref"], name="i22_refund_ref_once"),
        ]
        indexes = [
            models.Index(fields=["marketplace", "-requested_at", "-id"], name="refund_by_date"),
            models.Index(fields=["marketplace", "status", "-requested_at", "-id"], name="refund_by_status"),
            models.Index(fields=["account", "status"], name="refund_by_account"),
            models.Index(fields=["payer", "-requested_at", "-id"], name="refund_by_payer"),
            models.Index(fields=["look_at", "id"], name="refund_to_look_up", condition=ASKED_OF_GATEWAY),
        ]

    def __str__(self) -> str:
        return str(self.source)

    @property
    def source(self) -> CreditMemo | Payment | Invoice:
        """The memo that is paid out, the payment whose money is given back, or the invoice that carried the balance."""
        found = self.memo or self.payment or self.invoice
        if found is None:
            raise RuntimeError(f"refund {self.pk} is of nothing")
        return found

    @property
    def signed(self) -> int:
        """The amount below zero, as it stands beside what came in."""
        return -self.amount

    @property
    def means_text(self) -> str:
        """How the money goes, in words."""
        return str(self.get_means_display())

    @transition(field=status, source=PENDING, target=SUCCESSFUL)
    def succeed(self) -> None:
        """The money went; ``settled_at``, ``posting_date`` and ``value_date`` must be set before."""

    @transition(field=status, source=PENDING, target=FAILED)
    def fail(self) -> None:
        """Nothing went; ``failed_at`` must be set before."""

    @transition(field=status, source=SUCCESSFUL, target=RETURNED)
    def come_back(self) -> None:
        """The money came back; ``returned_at`` and ``returned_on`` must be set before."""
