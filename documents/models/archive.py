"""Archives: the PDFs of many documents, made in the background for one person to take away as one ZIP."""

from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

KEPT = timedelta(days=7)
"""How long an archive can be taken away."""


class DocumentArchive(models.Model):
    """What one person wants the originals of; ``document_ids`` are as they were when they asked.

    ``done`` of them have been looked at, in their order, and ``failures`` says why some have no PDF: pairs of id and
    reason. The ZIP itself is kept nowhere: it is put together from the stored PDFs while it is taken away.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("In progress")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    requested_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    document_ids = models.JSONField()
    total = models.PositiveIntegerField()
    done = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="archive_progress", condition=Q(done__lte=F("total"))),
        ]
        indexes = [
            models.Index(fields=["requested_by", "company", "-created_at"], name="archive_by_person"),
            models.Index(fields=["expires_at"], name="archive_by_end"),
        ]

    def __str__(self) -> str:
        return f"{self.total} PDFs of {self.kind}"

    @property
    def is_open(self) -> bool:
        """Whether it will change without anybody's hand."""
        return self.state in {self.State.QUEUED, self.State.WORKING}

    @property
    def is_ready(self) -> bool:
        """Whether it can be taken away."""
        return self.state == self.State.READY

    @property
    def left(self) -> int:
        """Documents still to be looked at."""
        return self.total - self.done

    @property
    def failed(self) -> int:
        """Documents that have no PDF."""
        return len(self.failures)

    @property
    def percent(self) -> int:
        """Of all, rounded down, so that 100 is the end."""
        return 100 * self.done // self.total if self.total else 100
