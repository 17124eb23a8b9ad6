"""Deliveries: one mail to one address about one event, and what the mail server said."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Delivery(models.Model):
    """A mail as it is sent: its text is made once, so that every attempt and every copy says the same.

    ``subject_kind`` and ``subject_id`` name the document that it is about; ``attachment`` is the PDF that goes along.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        RETRYING = "retrying", _("Trying again")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    event = models.UUIDField()
    recipient = models.CharField(max_length=254)
    company = models.ForeignKey("companies.Company", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    subject_kind = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    attachment = models.ForeignKey("documents.StoredDocument", null=True, on_delete=models.PROTECT, related_name="+")
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=250)
    body = models.TextField()
    message_id = models.CharField(max_length=120, unique=True)
    resend_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="copies")

    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(fields=["event", "kind", "recipient"], name="i16_one_mail_per_recipient"),
            models.CheckConstraint(
                name="delivery_sent_has_time",
                condition=models.Q(state="sent", sent_at__isnull=False)
                | ~models.Q(state="sent") & models.Q(sent_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "subject_kind", "subject_id", "id"], name="delivery_by_subject"),
            models.Index(
                fields=["marketplace", "-created_at"], name="delivery_failed", condition=models.Q(state="failed")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"
