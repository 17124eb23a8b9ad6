"""Files of billing events: how far each was read, and the rows that could not be taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.search_keys import SearchKey

if TYPE_CHECKING:
    from companies.members import Member


class EventImportQuerySet(models.QuerySet["EventImport"]):
    """Named filters over imports."""

    def visible_to(self, member: Member) -> EventImportQuerySet:
        """Imports are for the marketplace's own people."""
        inside = self.filter(marketplace_id=member.marketplace.pk)
        return inside if member.is_staff_side else inside.none()


class EventImport(models.Model):
    """One CSV file of events. ``offset`` is how many of its ``size`` bytes were read and committed.

    ``rows`` read so far are events ``added``, keys that were there before (``repeated``), or ``refused``; of those
    added ``asked`` wait for a second person. ``last_row`` is how far that is by a spreadsheet's numbers, ``decimal``
    its decimal sign, ``first_rows`` what `core.csvfile.first_rows` says of it.
    A dry run (``is_trial``) leaves no events. ``sent_by`` brought the file where somebody else tries or imports it.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        READING = "reading", _("In progress")
        STOPPED = "stopped", _("Stopped")
        DONE = "done", _("Complete")
        FAILED = "failed", _("Failed")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    name = models.CharField(max_length=200)
    search_key = SearchKey("name")
    file = models.CharField(max_length=200)
    size = models.BigIntegerField()
    delimiter = models.CharField(max_length=1, default=",")
    columns = models.JSONField()
    decimal = models.CharField(max_length=1, default=".")
    first_rows = models.JSONField(default=list)
    is_trial = models.BooleanField(default=False)
    offset = models.BigIntegerField(default=0)
    last_row = models.PositiveIntegerField(default=1)
    rows = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    repeated = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    asked = models.PositiveIntegerField(default=0)
    restarts = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    sent_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    finished_at = models.DateTimeField(null=True)

    objects = EventImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="import_within_file", condition=Q(offset__gte=0, offset__lte=F("size"))),
            models.CheckConstraint(
                name="import_rows_add_up", condition=Q(rows=F("added") + F("repeated") + F("refused"))
            ),
        ]
        indexes = [models.Index(fields=["marketplace", "-id"], name="import_by_arrival")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether it is still to be read on."""
        return self.state in (self.State.WAITING, self.State.READING)

    @property
    def percent(self) -> int:
        """Bytes read of all."""
        return 100 if not self.size else 100 * self.offset // self.size


class TriedEvent(models.Model):
    """What a dry run found that a row would add, for the rows below that repeat it, name it, or count with it.

    ``credit`` (minor units) and ``asks`` are what the event would have. Thrown away after some days.
    """

    event_import = models.ForeignKey(EventImport, on_delete=models.CASCADE, related_name="tried", db_index=False)
    key = models.CharField(max_length=120)
    body_hash = models.CharField(max_length=64)
    company = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+", db_index=False)
    payer = models.ForeignKey("companies.Company", on_delete=models.CASCADE, related_name="+", db_index=False)
    credit = models.BigIntegerField(null=True)
    asks = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_import", "key"], name="tried_event_once")]

    def __str__(self) -> str:
        return self.key


class ImportProblem(models.Model):
    """A row that was not taken, as it stands in the file, and why; ``row`` is its number in a spreadsheet.

    Imports of earlier releases counted without the header.
    """

    event_import = models.ForeignKey(EventImport, on_delete=models.PROTECT, related_name="problems", db_index=False)
    row = models.PositiveIntegerField()
    text = models.TextField()
    message = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event_import", "row"], name="import_problem_once")]

    def __str__(self) -> str:
        return f"row {self.row}: {self.message}"
