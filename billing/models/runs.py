"""Billing runs: one row for the run, one for each payer, one for each batch, one for each document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from companies.members import Member


class BillingRunQuerySet(models.QuerySet["BillingRun"]):
    """Named filters over runs."""

    def visible_to(self, member: Member) -> BillingRunQuerySet:
        """Runs are for the marketplace's own people."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        return inside if member.is_staff_side else inside.none()

    def open(self) -> BillingRunQuerySet:
        """Not finished, of all marketplaces."""
        return self.filter(finished_at__isnull=True)

    def going_on(self, marketplace_id: int) -> BillingRunQuerySet:
        """The run that writes documents and is not finished: one of a marketplace at most; previews disturb nobody."""
        return self.filter(marketplace_id=marketplace_id, dry=False, finished_at__isnull=True)


class BillingRun(models.Model):
    """One pass over everything that is due through a day. A ``dry`` one works out the figures and writes no document.

    ``lanes`` is how many workers may work on it at once, each with a lane of its own: 0, 1, 2. ``restarts`` is how
    often failures were tried again, ``scheduled_for`` the calendar's day that started it.
    """

    class State(models.TextChoices):
        COLLECTING = "collecting", _("Collecting")
        RUNNING = "running", _("Running")
        FINISHED = "finished", _("Finished")
        STOPPED = "stopped", _("Stopped")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="runs")
    through = models.DateField()
    dry = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.COLLECTING)
    lanes = models.PositiveSmallIntegerField(default=4)
    payers = models.PositiveIntegerField(default=0)
    restarts = models.PositiveIntegerField(default=0)
    scheduled_for = models.DateField(null=True)
    started_at = models.DateTimeField()
    started_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    objects = BillingRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace"], condition=Q(finished_at__isnull=True, dry=False), name="run_one_at_a_time"
            ),
            models.UniqueConstraint(
                fields=["marketplace", "scheduled_for"],
                condition=Q(scheduled_for__isnull=False),
                name="run_once_a_scheduled_day",
            ),
            models.CheckConstraint(
                name="run_finished_has_time",
                condition=Q(state__in=["finished", "stopped"], finished_at__isnull=False)
                | Q(state__in=["collecting", "running"], finished_at__isnull=True),
            ),
        ]
        indexes = [models.Index(fields=["marketplace", "-id"], name="run_by_start")]

    def __str__(self) -> str:
        return f"run {self.pk} through {self.through}"

    @property
    def is_open(self) -> bool:
        """Whether it still has work to do."""
        return self.finished_at is None

    @property
    def starter(self) -> str:
        """What whoever started it was called then; of a run that was read with ``started_by_name``."""
        name: str | None = self.started_by_name  # type: ignore[attr-defined]
        return gettext("Billing calendar") if self.started_by_id is None else name or ""


class RunLine(models.Model):
    """What a run does for one payer. Figures are counts, and minor units with tax.

    ``invoiced`` and ``credited`` are the totals of its invoices and memos, ``applied`` the credit used in this run,
    ``due`` what its new invoices owe when the line is done.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        ISSUED = "issued", _("Issued")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    run = models.ForeignKey(BillingRun, on_delete=models.PROTECT, related_name="lines", db_index=False)
    payer = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+", db_index=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    charges = models.PositiveIntegerField(default=0)
    invoices = models.PositiveIntegerField(default=0)
    memos = models.PositiveIntegerField(default=0)
    applications = models.PositiveIntegerField(default=0)
    failed_events = models.PositiveIntegerField(default=0)
    invoiced = models.BigIntegerField(default=0)
    credited = models.BigIntegerField(default=0)
    applied = models.BigIntegerField(default=0)
    due = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "payer"], name="run_line_once"),
            models.CheckConstraint(name="run_line_failed_says_why", condition=~Q(state="failed") | ~Q(error="")),
        ]
        indexes = [
            models.Index(fields=["run", "id"], name="run_line_open", condition=Q(state__in=["waiting", "issued"])),
            models.Index(fields=["run", "id"], name="run_line_failed", condition=Q(state="failed")),
        ]

    def __str__(self) -> str:
        return f"payer {self.payer_id} in run {self.run_id}: {self.state}"

    @property
    def settled(self) -> int:
        """What its new invoices owe less than they came to: credit used on them, or (V1) balances carried over."""
        return self.invoiced - self.due

    @property
    def applied_before(self) -> int:
        """Credit that was used on invoices that there were before."""
        return self.applied - self.settled if self.applied else 0


class RunBatch(models.Model):
    """One transaction of a run: how much it did and how long that took, in seconds by stage."""

    class Stage(models.TextChoices):
        ISSUE = "issue", _("Rate and issue")
        APPLY = "apply", _("Apply credit")

    run = models.ForeignKey(BillingRun, on_delete=models.PROTECT, related_name="batches")
    lane = models.PositiveSmallIntegerField()
    stage = models.CharField(max_length=5, choices=Stage.choices)
    payers = models.PositiveIntegerField()
    charges = models.PositiveIntegerField(default=0)
    documents = models.PositiveIntegerField(default=0)
    applications = models.PositiveIntegerField(default=0)
    seconds = models.FloatField()
    rate_seconds = models.FloatField(default=0)
    finished_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "run batches"

    def __str__(self) -> str:
        return f"{self.stage} of {self.payers} payers in run {self.run_id}"


class RunDocument(models.Model):
    """One invoice or memo that a run made."""

    run = models.ForeignKey(BillingRun, on_delete=models.PROTECT, related_name="documents")
    line = models.ForeignKey(RunLine, on_delete=models.PROTECT, related_name="documents")
    invoice = models.OneToOneField("invoices.Invoice", null=True, on_delete=models.PROTECT, related_name="run_document")
    memo = models.OneToOneField(
        "creditmemos.CreditMemo", null=True, on_delete=models.PROTECT, related_name="run_document"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="run_document_is_one",
                condition=Q(invoice__isnull=False, memo__isnull=True) | Q(invoice__isnull=True, memo__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"document of run {self.run_id}"
