"""Templates of the Document Builder: what a marketplace is writing, what was published, and what was active when."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class PageSize(models.TextChoices):
    """The paper that a template is laid out for."""

    A4 = "A4", _("A4")
    LETTER = "Letter", _("Letter")


class DocumentTemplate(models.Model):
    """A marketplace's own template of one kind and language. ``source`` is the draft, Liquid in HTML and CSS.

    ``revision`` counts the saves, so that nobody overwrites what they have not seen. ``origin`` says what it was
    copied from.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    source = models.TextField()
    page_size = models.CharField(max_length=6, choices=PageSize.choices, default=PageSize.A4)
    origin = models.CharField(max_length=120)
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    updated_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["marketplace", "kind", "language", "name"], name="template_name_once"),
        ]

    def __str__(self) -> str:
        return self.name


class TemplateVersion(models.Model):
    """A template as it was published, or as a release of the product brought it; only ever added to.

    One that came with the product has a ``design`` and neither template nor marketplace.
    """

    marketplace = models.ForeignKey("companies.Marketplace", null=True, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(DocumentTemplate, null=True, on_delete=models.PROTECT, related_name="versions")
    design = models.CharField(max_length=20, blank=True)
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    number = models.PositiveIntegerField()
    source = models.TextField()
    page_size = models.CharField(max_length=6, choices=PageSize.choices, default=PageSize.A4)
    note = models.TextField(blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_once"),
            models.UniqueConstraint(
                fields=["design", "kind", "language", "number"],
                condition=Q(template__isnull=True),
                name="design_version_once",
            ),
            models.CheckConstraint(
                name="template_version_owner",
                condition=Q(template__isnull=True, marketplace__isnull=True) & ~Q(design="")
                | Q(template__isnull=False, marketplace__isnull=False, design=""),
            ),
        ]

    def __str__(self) -> str:
        return _("%(name)s, version %(n)s") % {"name": self.name, "n": self.number}


class TemplateActivation(models.Model):
    """From when on a version is the one that documents of a kind and language are printed with; only ever added to.

    The last row holds. Without a version the product's own design is used, whichever release brought it.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    language = models.CharField(max_length=8)
    version = models.ForeignKey(TemplateVersion, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)
    activated_at = models.DateTimeField()
    activated_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["marketplace", "kind", "language", "-id"], name="activation_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.language}: {self.version_id or 'default'}"
