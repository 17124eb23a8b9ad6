"""What rating made and must remember: charges on invoice lines, credits on memo lines, and usage counted."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

MILLIONTHS = 1_000_000
"""Pieces are kept as whole millionths, so that both databases keep them exactly."""


class Charge(models.Model):
    """One charge: the invoice line that bears it, and what a later credit needs to know (see ``rating.Charged``).

    ``whole`` was charged and ``undone`` of it was given back: days, minor units before discount, or millionths of
    pieces, as ``counted`` says. ``key`` is rating's name of the line; ``how`` says how it was worked out.

    ``state``: one whose invoice was taken back and that is billed again is *returned*, as if it had never been made,
    and its key is free; *settled* is what is never billed again though nothing of it is left (so are charges of
    voided invoices).
    """

    class State(models.TextChoices):
        LIVE = "live", _("Live")
        SETTLED = "settled", _("Settled")
        RETURNED = "returned", _("Billed again")

    class Counted(models.TextChoices):
        DAYS = "days", _("Days")
        PIECES = "pieces", _("Units")
        AMOUNT = "amount", _("Amount")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=160)
    invoice_line = models.OneToOneField("invoices.InvoiceLine", on_delete=models.PROTECT, related_name="charge")
    account = models.ForeignKey("ledger.BalanceAccount", on_delete=models.PROTECT, related_name="+", db_index=False)
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="charges", db_index=False
    )
    terms = models.ForeignKey(
        "subscriptions.SubscriptionTerms", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    event = models.ForeignKey(
        "billing.BillingEvent", null=True, on_delete=models.PROTECT, related_name="charges", db_index=False
    )
    kind = models.CharField(max_length=12)
    counted = models.CharField(max_length=6, choices=Counted.choices)
    whole = models.BigIntegerField()
    undone = models.BigIntegerField(default=0)
    first = models.DateField(null=True)
    last = models.DateField(null=True)
    how = models.JSONField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.LIVE)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "key"], condition=~Q(state="returned"), name="charge_once"),
            models.CheckConstraint(name="charge_state_known", condition=Q(state__in=["live", "settled", "returned"])),
            models.CheckConstraint(name="charge_undone_range", condition=Q(undone__gte=0, undone__lte=F("whole"))),
        ]
        indexes = [
            models.Index(
                fields=["subscription", "last"], name="charge_by_subscription", condition=Q(subscription__isnull=False)
            ),
            models.Index(fields=["event"], name="charge_by_event", condition=Q(event__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.key


class Credit(models.Model):
    """One credit that rating made: on a memo line, or in a V1 marketplace on an invoice line below zero.

    Several credits of one charge in a run share one memo line; ``net`` and ``tax`` (minor units) are this one's part.
    ``undone`` is its part of the charge's ``undone``; of usage below zero, which undoes no charge, it is the amount
    before discount, and ``counted`` the count that it belongs to. A ``returned`` one is credited again.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=160)
    memo_line = models.ForeignKey(
        "creditmemos.CreditMemoLine", null=True, on_delete=models.PROTECT, related_name="credits"
    )
    invoice_line = models.ForeignKey(
        "invoices.InvoiceLine", null=True, on_delete=models.PROTECT, related_name="credits"
    )
    charge = models.ForeignKey(Charge, null=True, on_delete=models.PROTECT, related_name="credits")
    subscription = models.ForeignKey(
        "subscriptions.Subscription", null=True, on_delete=models.PROTECT, related_name="credits"
    )
    event = models.ForeignKey("billing.BillingEvent", null=True, on_delete=models.PROTECT, related_name="credits")
    kind = models.CharField(max_length=12)
    net = models.BigIntegerField()
    tax = models.BigIntegerField()
    how = models.JSONField()
    undone = models.BigIntegerField(default=0)
    counted = models.ForeignKey(
        "billing.Metered", null=True, on_delete=models.PROTECT, related_name="credits", db_index=False
    )
    returned = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "key"], condition=Q(returned=False), name="credit_once"),
            models.CheckConstraint(
                name="credit_on_one_line",
                condition=Q(memo_line__isnull=False, invoice_line__isnull=True)
                | Q(memo_line__isnull=True, invoice_line__isnull=False),
            ),
            models.CheckConstraint(name="credit_positive", condition=Q(net__gte=0, tax__gte=0)),
        ]

    def __str__(self) -> str:
        return self.key


class Metered(models.Model):
    """How much usage of one period was counted under a plan, whatever the number of seats.

    ``quantity`` is the sum of the records that count, ``taken`` what those below zero have of it (as a positive
    number). ``credited`` was given below zero, where there is no charge to undo: minor units before its ``discount``.
    """

    subscription = models.ForeignKey(
        "subscriptions.Subscription", on_delete=models.PROTECT, related_name="metered", db_index=False
    )
    plan = models.ForeignKey("subscriptions.Plan", on_delete=models.PROTECT, related_name="+", db_index=False)
    period_first = models.DateField()
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    taken = models.DecimalField(max_digits=24, decimal_places=6, default=0)
    credited = models.BigIntegerField(default=0)
    discount = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "metered"
        constraints = [
            models.UniqueConstraint(fields=["subscription", "plan", "period_first"], name="metered_once"),
            models.CheckConstraint(
                name="metered_not_negative", condition=Q(taken__gte=0, credited__gte=F("discount"), discount__gte=0)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} from {self.period_first}"
