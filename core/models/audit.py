"""The audit log: one row per verb, only ever added to (I13)."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """Who did what to which thing, when, and what changed.

    Things are named by kind and id; applications name their invoices by number too, which never changes.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=200)
    acting_company = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, blank=True)
    object_id = models.BigIntegerField(null=True)
    company = models.ForeignKey("companies.Company", null=True, on_delete=models.PROTECT, related_name="+")
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    note = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["marketplace", "-at", "-id"], name="audit_by_time"),
            models.Index(fields=["marketplace", "kind", "object_id", "id"], name="audit_by_object"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} by {self.actor_label}"
