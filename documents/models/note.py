"""What the marketplace's own people note about an issued document, in words and files; only ever added to (I13)."""

from django.db import models
from django.db.models import Q


class DocumentNote(models.Model):
    """A note or a file about an issued document; customers never see it, and no PDF prints it.

    A note is never changed: another row ``strikes`` it, with its reason in ``text``. ``sha256`` and ``stored`` find a
    file's bytes, as a stored document's do.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    text = models.TextField(blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    stored = models.CharField(max_length=255, blank=True)
    strikes = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="struck_by")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="note_says_something", condition=~Q(text="") | Q(size__gt=0)),
            models.CheckConstraint(
                name="note_file_is_whole",
                condition=Q(size=0, stored="", sha256="") | Q(size__gt=0) & ~Q(stored="") & ~Q(sha256=""),
            ),
            models.CheckConstraint(
                name="note_struck_with_a_reason", condition=Q(strikes__isnull=True) | ~Q(text="") & Q(size=0)
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "kind", "document_id", "id"], name="note_by_document"),
        ]

    def __str__(self) -> str:
        return self.file_name or self.text[:60]
