"""A payment: one attempt at moving money from a payer to a merchant of record, and what became of the money."""

from __future__ import annotations

from django.db import models
from django.db.models import BooleanField, Case, F, Q, When
from django.db.models.expressions import Combinable, RawSQL
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, FSMModelMixin, transition

from core.ids import uuid7
from core.search_keys import SearchKey
from ledger.domain.naming import payment_name
from payments.domain import states
from payments.domain.states import (
    BANK,
    CHANNELS,
    FAILED,
    GATEWAY,
    OFF_PLATFORM,
    PENDING,
    RETURNED,
    SUCCESSFUL,
    left_agrees_sql,
    left_of,
    status_of,
    status_sql,
)
from payments.models.visibility import OfPayers
from payments.models.watched import ASKED_OF_GATEWAY, watched


def moved_or_asked() -> Case:
    """In SQL what `Payment.shown_amount` is: what moved, and of what has not moved, what was asked for."""
    return Case(When(settled_at__isnull=True, then=F("asked")), default=F("amount"))


SOME_MONEY = Q(on_account__gt=0) | Q(overdrawn__gt=0) | Q(give_back_pending__gt=0)
"""What has money on account, promised to go back, or gone back beyond what came."""


def money_that_counts() -> Combinable:
    """In SQL what a payer has with us: what is on account and stays, less what went back beyond what came.

    Minor units; below zero where the payer owes it.
    """
    return F("on_account") - F("give_back_pending") - F("overdrawn")


class PaymentQuerySet(OfPayers["Payment"]):
    """Named filters over payments."""

    def on_account(self) -> PaymentQuerySet:
        """Payments that hold money which no invoice has and nothing reserves."""
        return self.filter(on_account__gt=F("give_back_pending"))

    def counting(self) -> PaymentQuerySet:
        """Payments whose ``money_that_counts`` is not 0."""
        return self.filter(SOME_MONEY).exclude(on_account=F("give_back_pending") + F("overdrawn"))


class Payment(FSMModelMixin, models.Model):
    """``amount = allocated + on_account + returned + given_back + kept``, each of at least 0 (I21); minor units.

    One row for each attempt; ``number`` counts its marketplace's. ``asked`` is what was wanted, ``amount`` what moved:
    0 until it is ``settled_at``.
    ``value_date`` is the day on which the bank or provider moved the money; it decides no posting. ``given_back`` went
    back to the payer from the account, ``give_back_pending`` is on its way there: still on account, and not to be used.
    ``kept`` is a small surplus that the merchant kept. ``overdrawn`` is what went back beyond what came: a bank took
    back what had been given back. ``keep_on_account``: nothing uses the rest by itself.
    ``key`` is told to the gateway and never changes; ``first_sent_at`` is when that first happened, ``look_at`` when a
    pending one is looked up next. ``attention`` is why a person should look, empty when nobody must.
    ``acting_company`` is whom the maker acted for (I18). ``requested_by`` asked for it, ``approved_by`` agreed, where
    two people were needed.
    """

    class Status(models.TextChoices):
        PENDING = PENDING, _("Pending")
        SUCCESSFUL = SUCCESSFUL, _("Successful")
        FAILED = FAILED, _("Failed")
        RETURNED = RETURNED, _("Returned")

    class Channel(models.TextChoices):
        GATEWAY = GATEWAY, _("Gateway")
        BANK = BANK, _("Bank")
        OFF_PLATFORM = OFF_PLATFORM, _("Off-platform")

    class Means(models.TextChoices):
        TRANSFER = "transfer", _("Bank transfer")
        CHEQUE = "cheque", _("Cheque")
        CASH = "cash", _("Cash")
        CARD = "card", _("Card")
        DIRECT_DEBIT = "direct_debit", _("Direct debit")
        OTHER = "other", _("Other")

    class Source(models.TextChoices):
        STAFF = "staff", _("Recorded by staff")
        CUSTOMER = "customer", _("Paid by the customer")
        AUTOMATIC = "automatic", _("Charged automatically")
        PROVIDER = "provider", _("Found at the provider")

    class Attention(models.TextChoices):
        UNKNOWN = states.UNKNOWN, _("Outcome unknown")
        NEEDS_CUSTOMER = states.NEEDS_CUSTOMER, _("Waits for the customer")
        DIFFERS = states.DIFFERS, _("Another amount than asked")
        LATE = states.LATE, _("Succeeded after it had failed")
        DISPUTED = states.DISPUTED, _("Disputed")
        STRAY = states.STRAY, _("Refund at the provider without a document")

    number = models.BigIntegerField()
    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="payments")
    merchant = models.ForeignKey("companies.MerchantOfRecord", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="payments")
    currency = models.CharField(max_length=3)

    status = FSMField(max_length=10, choices=Status.choices, default=PENDING, protected=True)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    means = models.CharField(max_length=12, choices=Means.choices)
    source = models.CharField(max_length=10, choices=Source.choices)
    asked = models.BigIntegerField()
    amount = models.BigIntegerField(default=0)
    allocated = models.BigIntegerField(default=0)
    returned = models.BigIntegerField(default=0)
    given_back = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    on_account = models.BigIntegerField(default=0)
    overdrawn = models.BigIntegerField(default=0, db_default=0)
    give_back_pending = models.BigIntegerField(default=0)
    keep_on_account = models.BooleanField(default=False)

    value_date = models.DateField()
    posting_date = models.DateField(null=True)
    reference = models.CharField(max_length=140, blank=True)
    note = models.TextField(blank=True)
    search_key = SearchKey("reference")
    key = models.UUIDField(unique=True, default=uuid7, editable=False)
    gateway_account = models.ForeignKey(
        "payments.GatewayAccount", null=True, on_delete=models.PROTECT, related_name="payments"
    )
    method = models.ForeignKey("payments.PaymentMethod", null=True, on_delete=models.PROTECT, related_name="payments")
    provider_ref = models.CharField(max_length=255, null=True, blank=True)  # noqa: DJ001 - None: the provider knows none
    first_sent_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True)
    attention = models.CharField(max_length=14, choices=Attention.choices, blank=True, default="", db_default="")
    failure_class = models.CharField(max_length=14, blank=True, default="", db_default="")
    failure_code = models.CharField(max_length=80, blank=True)
    failure_text = models.TextField(blank=True)
    retry_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="retries")
    requested_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    acting_company = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i21_on_account",
                condition=RawSQL(left_agrees_sql(), (), output_field=BooleanField()),
            ),
            models.CheckConstraint(
                name="i21_amounts_not_negative",
                condition=Q(
                    amount__gte=0,
                    allocated__gte=0,
                    returned__gte=0,
                    given_back__gte=0,
                    kept__gte=0,
                    on_account__gte=0,
                    overdrawn__gte=0,
                    give_back_pending__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="i21_reserve_fits", condition=Q(give_back_pending__lte=F("on_account")) | Q(returned__gt=0)
            ),
            models.CheckConstraint(name="i21_asked", condition=Q(asked__gt=0)),
            models.CheckConstraint(
                name="i22_status", condition=RawSQL(f"status = {status_sql()}", (), output_field=BooleanField())
            ),
            models.CheckConstraint(
                name="i22_nothing_before_success",
                condition=Q(settled_at__isnull=True, amount=0, posting_date__isnull=True)
                | Q(settled_at__isnull=False, amount__gt=0, posting_date__isnull=False, failed_at__isnull=True),
            ),
            models.CheckConstraint(name="i19_payment_two_people", condition=~Q(approved_by=F("requested_by"))),
            models.CheckConstraint(
                name="i22_gateway_payment",
                condition=Q(channel=GATEWAY, gateway_account__isnull=False)
                | ~Q(channel=GATEWAY) & Q(gateway_account__isnull=True, method__isnull=True),
            ),
            models.CheckConstraint(name="i23_payment_watched", condition=watched()),
            models.CheckConstraint(name="payment_channel", condition=Q(channel__in=CHANNELS)),
            models.UniqueConstraint(fields=["marketplace", "number"], name="i12_payment_number_once"),
            models.UniqueConstraint(fields=["provider_ref"], name="i22_provider_ref_once"),
            models.UniqueConstraint(fields=["id", "marketplace", "account", "currency"], name="payment_with_account"),
        ]
        indexes = [
            models.Index(fields=["marketplace", "-value_date", "-id"], name="payment_by_date"),
            models.Index(fields=["marketplace", "status", "-value_date", "-id"], name="payment_by_status"),
            models.Index(fields=["marketplace", "amount", "id"], name="payment_by_amount"),
            models.Index(F("marketplace"), moved_or_asked(), F("id"), name="payment_by_shown_amount"),
            models.Index(
                fields=["marketplace", "search_key"],
                opclasses=["int8_ops", "text_pattern_ops"],
                name="payment_by_search",
            ),
            models.Index(fields=["payer", "-value_date", "-id"], name="payment_by_payer"),
            models.Index(fields=["account", "posting_date", "id"], name="payment_open", condition=SOME_MONEY),
            models.Index(fields=["marketplace", "id"], name="payment_pending", condition=Q(status=PENDING)),
            models.Index(fields=["look_at", "id"], name="payment_to_look_up", condition=ASKED_OF_GATEWAY),
            models.Index(fields=["marketplace", "id"], name="payment_attention", condition=~Q(attention="")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What people call it: ``P-000123``."""
        return payment_name(self.number)

    @property
    def shown_amount(self) -> int:
        """What moved, in minor units; what was asked for as long as nothing moved."""
        return self.amount if self.is_settled else self.asked

    @property
    def gone(self) -> int:
        """What is neither on invoices nor on account any more, in minor units: returned, given back or kept."""
        return self.returned + self.given_back + self.kept - self.overdrawn

    @property
    def means_text(self) -> str:
        """How the money was moved, in words."""
        return str(self.get_means_display())

    @property
    def channel_text(self) -> str:
        """By which way it came, in words."""
        return str(self.get_channel_display())

    @property
    def is_settled(self) -> bool:
        """Whether the money moved."""
        return self.settled_at is not None

    @property
    def free(self) -> int:
        """Money on account that an invoice may have, in minor units."""
        return max(self.on_account - self.give_back_pending, 0)

    def _settled(self) -> str:
        left = left_of(
            amount=self.amount,
            allocated=self.allocated,
            returned=self.returned,
            given_back=self.given_back,
            kept=self.kept,
        )
        self.on_account, self.overdrawn = max(left, 0), max(-left, 0)
        return status_of(
            settled=self.settled_at is not None,
            failed=self.failed_at is not None,
            amount=self.amount,
            returned=self.returned,
        )

    @transition(field=status, source=[PENDING, FAILED], target=SUCCESSFUL)
    def succeed(self, amount: int) -> None:
        """``amount`` minor units moved; ``settled_at`` and ``posting_date`` must be set before."""
        self.amount, self.failed_at = amount, None
        self._settled()

    @transition(field=status, source=PENDING, target=FAILED)
    def fail(self) -> None:
        """Nothing moved; ``failed_at`` must be set before."""

    @transition(field=status, source=SUCCESSFUL, target=SUCCESSFUL)
    def use(self, amount: int) -> None:
        """Give ``amount`` minor units to an invoice; below zero: get them back."""
        self.allocated += amount
        self._settled()

    @transition(field=status, source=[SUCCESSFUL, RETURNED])
    def reserve_give_back(self, amount: int) -> None:
        """``amount`` minor units of the money on account are on their way to the payer; below zero: they stay."""
        self.give_back_pending += amount

    @transition(field=status, source=[SUCCESSFUL, RETURNED])
    def give_back(self, amount: int) -> None:
        """``amount`` minor units went to the payer; below zero: they came back."""
        self.given_back += amount
        self._settled()

    @transition(field=status, source=SUCCESSFUL, target=SUCCESSFUL)
    def keep(self, amount: int) -> None:
        """Leave ``amount`` minor units of it to the merchant."""
        self.kept += amount
        self._settled()

    @transition(field=status, source=[SUCCESSFUL, RETURNED], target=RETURN_VALUE(SUCCESSFUL, RETURNED))
    def take_back(self, amount: int) -> str:
        """A bank takes ``amount`` minor units back from the account; below zero: it gives them back."""
        self.returned += amount
        return self._settled()
