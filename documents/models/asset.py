"""Images and fonts that a marketplace's templates use."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TemplateAsset(models.Model):
    """An image or one face of a font, from ``created_at`` on; only ever added to.

    The last row of a name holds; one without bytes (``size`` 0) took it away. ``name`` is what templates call it:
    ``images.<name>``, or the family of a font. ``sha256`` and ``stored`` find the bytes, as a stored document's do.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("Image")
        FONT = "font", _("Font")

    class Face(models.TextChoices):
        REGULAR = "regular", _("Regular")
        BOLD = "bold", _("Bold")
        ITALIC = "italic", _("Italic")
        BOLD_ITALIC = "bold_italic", _("Bold italic")

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=5, choices=Kind.choices)
    name = models.CharField(max_length=40)
    face = models.CharField(max_length=11, choices=Face.choices, blank=True)
    file_name = models.CharField(max_length=120, blank=True)
    media_type = models.CharField(max_length=20, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    stored = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["marketplace", "kind", "name", "face", "-id"], name="asset_by_name"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} {self.face}".strip()
