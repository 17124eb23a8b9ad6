"""The audit log: one row per verb, only ever added to (I13)."""

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """Who did what to which thing, when, and what changed.

    ``person`` is who, as of then; what no person did, and rows of earlier releases, have their ``actor_label``.
    Things are named by kind and id; applications name their invoices by number too, which never changes.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    actor_label = models.CharField(max_length=200, blank=True)
    person = models.ForeignKey("core.PersonAsOf", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
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
        return f"{self.verb} by {self.who}"

    @property
    def who(self) -> str:
        """What who did it was called then."""
        return self.person.name if self.person else self.actor_label

    @property
    def address(self) -> str:
        """The e-mail address of the person who did it; empty for others, and in rows of earlier releases."""
        return self.person.address if self.person else ""
