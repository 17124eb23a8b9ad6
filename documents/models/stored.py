"""Stored documents: the bytes that were issued, by name and hash (I13, I15)."""

from django.db import models

from documents.models.job import Purpose


class StoredDocument(models.Model):
    """One PDF as it was made; only ever added to. A later render is a new version beside the old.

    ``name`` finds the bytes in ``STORAGES["documents"]``; ``sha256`` and ``size`` (bytes) prove them. ``as_of`` is the
    moment that the figures are true of, ``reason`` why a later version was made, ``template`` what it was printed with
    (also in words, ``template_version``). ``einvoice`` is the syntax of the XML inside it; ``note`` says why there is
    none although the marketplace wants one.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    document_id = models.BigIntegerField()
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    version = models.PositiveIntegerField()
    reason = models.TextField(blank=True)
    language = models.CharField(max_length=8)
    template = models.ForeignKey("documents.TemplateVersion", null=True, on_delete=models.PROTECT, related_name="+")
    template_version = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    name = models.CharField(max_length=255)
    file_name = models.CharField(max_length=100)
    einvoice = models.CharField(max_length=3, blank=True)
    note = models.TextField(blank=True)
    as_of = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "kind", "document_id", "purpose", "version"], name="i15_one_version"
            ),
            models.CheckConstraint(name="i15_not_empty", condition=models.Q(size__gt=0, version__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.purpose} {self.version})"
