"""What is being done about a document's PDF: the row that changes, beside the stored documents that never do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Purpose(models.TextChoices):
    """What a PDF is for."""

    ORIGINAL = "original", _("Original")
    VOID_COPY = "void_copy", _("Void copy")
    UNIFIED = "unified", _("Unified view")


class DocumentJob(models.Model):
    """One row per document and purpose; no row yet means that nobody has begun.

    ``version_reason`` says why one more version is asked for, ``reason`` why it failed.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        WORKING = "working", _("In progress")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    language = models.CharField(max_length=8, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    version_reason = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "kind", "document_id", "purpose"], name="document_job_once"),
        ]
        indexes = [
            models.Index(
                fields=["marketplace", "-updated_at"], name="document_job_failed", condition=models.Q(state="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} of {self.kind} {self.document_id}: {self.state}"
