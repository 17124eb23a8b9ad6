"""What a marketplace decides about a kind of mail; without a row, the kind's own defaults hold."""

from django.db import models


class NotificationSetting(models.Model):
    """Whether mails of one kind are sent, with the PDF or without, and which addresses get a copy of each."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    enabled = models.BooleanField()
    attach_pdf = models.BooleanField(default=True)
    cc = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "kind"], name="notification_setting_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {'on' if self.enabled else 'off'}"
