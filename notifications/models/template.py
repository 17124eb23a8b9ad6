"""The marketplace's own mail texts: tried in order of priority, before the default text of the product."""

from django.db import models


class MailTemplate(models.Model):
    """A subject and a body in Liquid for one kind of mail and language, used where all its conditions hold.

    The lowest ``priority`` is tried first. ``conditions`` are dicts as `notifications.domain.conditions` writes them;
    ``version`` counts the texts, each of which is kept as a `MailTemplateVersion`.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    priority = models.PositiveSmallIntegerField()
    enabled = models.BooleanField(default=False)
    conditions = models.JSONField(default=list, blank=True)
    subject = models.CharField(max_length=500)
    body = models.TextField()
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "kind", "language", "name"], name="mail_template_named_once"
            ),
        ]
        indexes = [
            models.Index(fields=["marketplace", "kind", "language", "priority", "id"], name="mail_template_in_order"),
        ]

    def __str__(self) -> str:
        return self.name


class MailTemplateVersion(models.Model):
    """A text as it once was; only ever added to, so that each delivery's words can be traced."""

    template = models.ForeignKey(MailTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=500)
    body = models.TextField()
    made_by = models.CharField(max_length=200)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="mail_template_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id}, {self.number}"
