"""Approvals: whatever needs two people waits here (I19). An approval reserves nothing."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Approval(models.Model):
    """A verb asked for by one person, to be decided by another; re-checked in full when it is decided."""

    class Verb(models.TextChoices):
        ISSUE = "issue", _("Issue")
        CLOSE = "close", _("Close")
        REOPEN = "reopen", _("Reopen")

    class Decision(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=20, choices=Verb.choices)
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    snapshot = models.JSONField(default=dict)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    request_reason = models.TextField(blank=True)
    decision = models.CharField(max_length=20, choices=Decision.choices, default=Decision.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="i19_maker_is_not_checker",
                condition=models.Q(decision__in=["waiting", "withdrawn"])
                | (models.Q(decided_by__isnull=False) & ~models.Q(decided_by=models.F("requested_by"))),
            ),
            models.CheckConstraint(name="approval_amount_positive", condition=models.Q(amount__gt=0)),
            models.UniqueConstraint(
                fields=["kind", "object_id", "verb"],
                condition=models.Q(decision="waiting"),
                name="approval_one_waiting",
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "decision", "-requested_at", "-id"], name="approval_by_time"),
            models.Index(fields=["requested_by", "company", "requested_at"], name="approval_by_maker"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.kind} {self.object_id}: {self.decision}"
