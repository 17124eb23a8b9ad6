"""Why credit is given: a list that each marketplace edits."""

from django.db import models


class CreditReason(models.Model):
    """A reason with a label per language; ``note_required`` asks for words beside it."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="reasons")
    code = models.SlugField(max_length=40)
    labels = models.JSONField(default=dict)
    note_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "code")
        constraints = [models.UniqueConstraint(fields=["marketplace", "code"], name="reason_code_unique")]

    def __str__(self) -> str:
        return self.label()

    def label(self, language: str = "en") -> str:
        """The label in a language, else in English, else the code."""
        labels: dict[str, str] = self.labels
        return labels.get(language) or labels.get("en") or self.code
