"""The credit memo: a document of its own that reduces what a payer owes."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import BooleanField, F, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_fsm import RETURN_VALUE, FSMField, FSMModelMixin, transition

from creditmemos.domain.adjustments import ORDINARY, PURPOSES, SMALL_DIFFERENCE, UNCOLLECTIBLE
from creditmemos.domain.balance import (
    AWAITING,
    CLOSED,
    DISCARDED,
    DRAFT,
    EDITABLE,
    FULLY,
    OPEN,
    PAID_OUT,
    PARTIALLY,
    REJECTED,
    UNAPPLIED,
    UNISSUED,
    VOIDED,
    balance_of,
    balance_sql,
    status_of,
    status_sql,
)
from creditmemos.models.reason import CreditReason
from invoices.models import BillingDocument, BillingDocumentQuerySet

LIVE = RETURN_VALUE(UNAPPLIED, PARTIALLY, FULLY)


def has_no_payout_pending(memo: Any) -> bool:
    """Transition condition: nothing of it is on its way to the customer."""
    return bool(memo.payout_pending == 0)


class CreditMemoQuerySet(BillingDocumentQuerySet["CreditMemo"]):
    """Named filters over memos."""

    def usable(self) -> CreditMemoQuerySet:
        """Memos with credit left and no payout pending."""
        return self.filter(status__in=OPEN, payout_pending=0, balance__gt=0)

    def moving(self) -> CreditMemoQuerySet:
        """Only what applying reads and changes, with the account's facts; other columns come when asked for."""
        return self.select_related("account__marketplace", "account__payer").only(
            "marketplace", "account", "billed_user", "currency", "number", "issue_date", "status", "on_hold",
            "voided_at", "total", "applied", "paid_out", "payout_pending", "written_off", "balance",
            "account__marketplace", "account__merchant", "account__payer", "account__currency",
            "account__marketplace__time_zone", "account__payer__company_wide_billing",
        )  # fmt: skip

    def active(self) -> CreditMemoQuerySet:
        """Everything but voided memos."""
        return self.exclude(status=VOIDED)


class CreditMemo(FSMModelMixin, BillingDocument):
    """``balance = total - applied - paid_out - written_off``, and 0 when voided or not issued (I1).

    The status is a function of the amounts; transitions guard the verbs and change only this row in memory.
    ``use`` is what its maker chose for the credit, ``on_hold`` whether automatic application leaves it alone by now.
    ``source_invoice`` is the invoice that a person chose to credit, or that a carried balance comes out of; which
    invoices its lines credit is told by ``queries.sources`` alone (ADR 45). ``sibling_invoice`` is the one that the
    same run issued beside it, ``divided_from`` the memo of whose lines it was issued again. ``acting_company`` is whom
    the maker acted for, which may be none of its parties (I18); None for the pipeline.
    ``payout_pending`` is 0 or the whole total, while money is on its way. ``written_off`` is what closing ended.
    ``counts_as`` is the reason's at issue, empty where the pipeline gave no reason. ``afterwards`` is what was said of
    the period of an invoice that a billing run made, should this credit it in full; empty where nobody was asked.
    An adjustment (``purpose``) settles what stays open on its source invoice, whole, and is not printed (ADR 63).
    """

    class Status(models.TextChoices):
        DRAFT = DRAFT, _("Draft")
        AWAITING_APPROVAL = AWAITING, _("Awaiting approval")
        REJECTED = REJECTED, _("Rejected")
        DISCARDED = DISCARDED, _("Discarded")
        UNAPPLIED = UNAPPLIED, _("Unapplied")
        PARTIALLY_APPLIED = PARTIALLY, _("Partially applied")
        FULLY_APPLIED = FULLY, _("Fully applied")
        PAID_OUT = PAID_OUT, _("Paid out")
        CLOSED = CLOSED, _("Closed")
        VOIDED = VOIDED, _("Voided")

    class Source(models.TextChoices):
        AUTOMATIC = "automatic", _("Automatic")
        FROM_INVOICE = "from_invoice", _("From an invoice")
        AD_HOC = "ad_hoc", _("Ad hoc")
        REFUND = "refund", _("Refund")
        CARRIED = "carried", _("Balance carried over")

    class Purpose(models.TextChoices):
        ORDINARY = ORDINARY, _("Credit memo")
        SMALL_DIFFERENCE = SMALL_DIFFERENCE, _("Small difference")
        UNCOLLECTIBLE = UNCOLLECTIBLE, _("Uncollectible")

    class Use(models.TextChoices):
        FOLLOW = "follow", _("Apply automatically")
        APPLY_NOW = "apply_now", _("Apply to this invoice now")
        HOLD = "hold", _("Hold credit")

    class Afterwards(models.TextChoices):
        AGAIN = "again", _("Bill the period again")
        NEVER = "never", _("Do not bill it again")

    status = FSMField(max_length=20, choices=Status.choices, default=DRAFT, protected=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    purpose = models.CharField(
        max_length=16, choices=Purpose.choices, default=Purpose.ORDINARY, db_default=Purpose.ORDINARY
    )
    use = models.CharField(max_length=10, choices=Use.choices, default=Use.FOLLOW)
    afterwards = models.CharField(max_length=5, choices=Afterwards.choices, blank=True)
    on_hold = models.BooleanField(default=False)
    source_invoice = models.ForeignKey(
        "invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="memos_from_it"
    )
    sibling_invoice = models.ForeignKey(
        "invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="sibling_memos"
    )
    divided_from = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="divided_into")
    reason = models.ForeignKey("creditmemos.CreditReason", null=True, on_delete=models.PROTECT, related_name="+")
    counts_as = models.CharField(max_length=7, choices=CreditReason.CountsAs.choices, blank=True)
    reason_note = models.TextField(blank=True)
    internal_note = models.TextField(blank=True)
    customer_note = models.TextField(blank=True)
    acting_company = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")

    applied = models.BigIntegerField(default=0)
    paid_out = models.BigIntegerField(default=0)
    payout_pending = models.BigIntegerField(default=0)
    written_off = models.BigIntegerField(default=0)
    balance = models.BigIntegerField(default=0)

    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.TextField(blank=True)

    objects = CreditMemoQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i1_balance", condition=RawSQL(f"balance = {balance_sql()}", (), output_field=BooleanField())
            ),
            models.CheckConstraint(name="i1_balance_range", condition=Q(balance__gte=0, balance__lte=F("total"))),
            models.CheckConstraint(
                name="i1_amounts_not_negative", condition=Q(applied__gte=0, paid_out__gte=0, written_off__gte=0)
            ),
            models.CheckConstraint(
                name="i1_pending_payout_reserves",
                condition=Q(payout_pending=0)
                | Q(payout_pending=F("total"), applied=0, paid_out=0, written_off=0, voided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="i5_number_with_status",
                condition=Q(number__isnull=True, status__in=UNISSUED)
                | Q(number__isnull=False) & ~Q(status__in=UNISSUED),
            ),
            models.CheckConstraint(
                name="i5_status",
                condition=RawSQL(f"number IS NULL OR status = {status_sql()}", (), output_field=BooleanField()),
            ),
            models.CheckConstraint(
                name="i5_unissued_is_unused",
                condition=Q(number__isnull=False)
                | Q(applied=0, paid_out=0, payout_pending=0, written_off=0, voided_at__isnull=True),
            ),
            models.CheckConstraint(
                name="i6_voided_is_unused",
                condition=Q(voided_at__isnull=True) | Q(applied=0, paid_out=0, written_off=0),
            ),
            models.CheckConstraint(name="i6_closed_is_used_up", condition=Q(written_off=0) | Q(balance=0, paid_out=0)),
            models.CheckConstraint(
                name="i7_paid_out_whole", condition=Q(paid_out=0) | Q(paid_out=F("total"), applied=0)
            ),
            models.CheckConstraint(
                name="i10_memo_total", condition=Q(total=F("net") + F("tax"), total__gt=0, net__gte=0, tax__gte=0)
            ),
            models.CheckConstraint(
                name="i12_memo_issued_whole",
                condition=Q(number__isnull=True, series__isnull=True, sequence__isnull=True, issue_date__isnull=True)
                | Q(
                    number__isnull=False,
                    series__isnull=False,
                    sequence__isnull=False,
                    issue_date__isnull=False,
                    document_date=F("issue_date"),
                    effective_date__lte=F("issue_date"),
                ),
            ),
            models.CheckConstraint(
                name="i18_not_own_company",
                condition=Q(acting_company__isnull=True)
                | ~Q(acting_company=F("payer")) & ~Q(acting_company=F("beneficiary")),
            ),
            models.CheckConstraint(name="memo_counts_as", condition=Q(counts_as__in=["", "price", "time", "nothing"])),
            models.CheckConstraint(name="memo_afterwards", condition=Q(afterwards__in=["", "again", "never"])),
            models.CheckConstraint(name="memo_purpose", condition=Q(purpose__in=PURPOSES)),
            models.CheckConstraint(
                name="i10_adjustment_is_plain",
                condition=Q(purpose=ORDINARY)
                | Q(
                    source="ad_hoc",
                    use="apply_now",
                    source_invoice__isnull=False,
                    sibling_invoice__isnull=True,
                    divided_from__isnull=True,
                    on_hold=False,
                    tax=0,
                    paid_out=0,
                    payout_pending=0,
                    written_off=0,
                ),
            ),
            models.UniqueConstraint(fields=["marketplace", "merchant", "number"], name="i12_memo_number_unique"),
            models.UniqueConstraint(fields=["series", "sequence"], name="i12_memo_sequence_unique"),
            models.UniqueConstraint(fields=["id", "marketplace", "account", "currency"], name="memo_with_account"),
        ]
        indexes = [
            models.Index(fields=["marketplace", "-document_date", "-id"], name="memo_by_date"),
            models.Index(fields=["marketplace", "-sequence", "-id"], name="memo_by_number"),
            models.Index(
                fields=["marketplace", "search_key"], opclasses=["int8_ops", "text_pattern_ops"], name="memo_by_search"
            ),
            models.Index(fields=["marketplace", "payer_name", "id"], name="memo_by_payer_name"),
            models.Index(fields=["marketplace", "total", "id"], name="memo_by_total"),
            models.Index(fields=["marketplace", "balance", "id"], name="memo_by_balance"),
            models.Index(fields=["marketplace", "status", "-document_date", "-id"], name="memo_by_status"),
            models.Index(fields=["payer", "-document_date", "-id"], name="memo_by_payer"),
            models.Index(fields=["account", "issue_date", "id"], name="memo_open", condition=Q(status__in=OPEN)),
        ]

    def __str__(self) -> str:
        return self.number or gettext("draft memo %(id)s") % {"id": self.pk}

    @property
    def is_adjustment(self) -> bool:
        """Whether it settles what stays open on one invoice, instead of being credit that a customer has."""
        return self.purpose != ORDINARY

    def derived_status(self) -> str:
        """The status that the row's own amounts allow, for an issued memo."""
        return status_of(
            voided=self.voided_at is not None,
            total=self.total,
            applied=self.applied,
            paid_out=self.paid_out,
            written_off=self.written_off,
        )

    def derived_balance(self) -> int:
        """``balance`` as its formula gives it, in minor units."""
        return balance_of(
            issued=self.is_issued,
            voided=self.voided_at is not None,
            total=self.total,
            applied=self.applied,
            paid_out=self.paid_out,
            written_off=self.written_off,
        )

    def _settled(self) -> str:
        self.balance = self.derived_balance()
        return self.derived_status()

    @transition(field=status, source=EDITABLE, target=AWAITING)
    def submit(self) -> None:
        """Ask a second person."""

    @transition(field=status, source=AWAITING, target=REJECTED)
    def reject(self) -> None:
        """Turned down: an editable draft again."""

    @transition(field=status, source=AWAITING, target=DRAFT)
    def withdraw(self) -> None:
        """Taken back by its maker."""

    @transition(field=status, source=EDITABLE, target=DISCARDED)
    def discard(self) -> None:
        """Given up: kept without a number, and never to become credit."""

    @transition(field=status, source=[DRAFT, AWAITING, REJECTED], target=UNAPPLIED)
    def issue(self) -> None:
        """Become credit; the number must be set before."""
        self.balance = self.derived_balance()

    @transition(field=status, source=OPEN, target=LIVE, conditions=[has_no_payout_pending])
    def apply(self, amount: int) -> str:
        """Use ``amount`` minor units."""
        self.applied += amount
        return self._settled()

    @transition(
        field=status,
        source=[PARTIALLY, FULLY, CLOSED],
        target=RETURN_VALUE(UNAPPLIED, PARTIALLY, CLOSED),
    )
    def take_back(self, amount: int) -> str:
        """Get ``amount`` minor units back from an invoice; a closed memo writes them off again (I11)."""
        if self.written_off:
            self.written_off += amount
        self.applied -= amount
        return self._settled()

    @transition(
        field=status,
        source=UNAPPLIED,
        target=VOIDED,
        conditions=[has_no_payout_pending],
    )
    def void(self) -> None:
        """End it unused; ``voided_at`` must be set before."""
        self.balance = 0

    @transition(field=status, source=OPEN, target=CLOSED, conditions=[has_no_payout_pending])
    def close(self) -> None:
        """Write off what is left."""
        self.written_off = self.balance
        self.balance = 0

    @transition(field=status, source=UNAPPLIED, target=UNAPPLIED, conditions=[has_no_payout_pending])
    def reserve_payout(self) -> None:
        """All of it is on its way to the customer, and nothing else uses it."""
        self.payout_pending = self.total

    @transition(field=status, source=UNAPPLIED, target=UNAPPLIED)
    def release_payout(self) -> None:
        """No money went: it is credit like before."""
        self.payout_pending = 0

    @transition(field=status, source=UNAPPLIED, target=PAID_OUT)
    def pay_out(self) -> None:
        """All of it went to the customer as money."""
        self.payout_pending, self.paid_out = 0, self.total
        self.balance = self.derived_balance()

    @transition(field=status, source=PAID_OUT, target=UNAPPLIED)
    def return_payout(self) -> None:
        """The money came back (I6): credit again, on hold until somebody says what becomes of it."""
        self.paid_out, self.on_hold = 0, True
        self.balance = self.derived_balance()

    @transition(field=status, source=CLOSED, target=RETURN_VALUE(UNAPPLIED, PARTIALLY))
    def reopen(self) -> str:
        """Take the write-off back."""
        self.written_off = 0
        return self._settled()
