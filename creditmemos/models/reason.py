"""Why credit is given: a list that each marketplace edits."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class CreditReason(models.Model):
    """A reason with a label per language; ``note_required`` asks for words beside it.

    ``counts_as`` says what its credit is taken for when billing credits unused time of the same charge.
    """

    class CountsAs(models.TextChoices):
        PRICE = "price", _("Price: reduces the charge")
        TIME = "time", _("Time: credits unused days")
        NOTHING = "nothing", _("Nothing: affects neither")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="reasons")
    code = models.SlugField(max_length=40)
    labels = models.JSONField(default=dict)
    counts_as = models.CharField(max_length=7, choices=CountsAs.choices, default=CountsAs.PRICE)
    note_required = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("position", "code")
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "code"], name="reason_code_unique"),
            models.CheckConstraint(name="reason_counts_as", condition=Q(counts_as__in=["price", "time", "nothing"])),
        ]

    def __str__(self) -> str:
        return self.label()

    def label(self, language: str = "en", *, then: dict[str, str] | None = None) -> str:
        """The label in a language, else in English, else the code; of the labels of ``then``, if they were others."""
        labels: dict[str, str] = self.labels if then is None else then
        return labels.get(language) or labels.get("en") or self.code
