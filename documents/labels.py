"""The words of documents and their templates: audit verbs and fields, badges, places in the sidebar."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from core import things
from core.labels import Badge, Place, Section, register
from core.things import Thing, column
from documents.models import DocumentTemplate, TemplateAsset

VERBS = {
    "documents.try_again": _("Tried a failed PDF again"),
    "documents.archive_requested": _("Requested a download of PDFs"),
    "documents.regenerated": _("Requested a new version of a PDF"),
    "documents.noted": _("Added a note or file"),
    "documents.note_struck": _("Struck a note or file"),
    "template.created": _("Created a template"),
    "template.saved": _("Saved a template's draft"),
    "template.published": _("Published a template"),
    "template.activated": _("Chose the template of documents"),
    "template.asset_kept": _("Added an image or font"),
    "template.asset_removed": _("Removed an image or font"),
}
FIELDS = {
    "documents": _("Documents"),
    "document": _("Document type"),
    "purpose": _("PDF"),
    "origin": _("Copy of"),
    "revision": _("Draft"),
    "page_size": _("Paper"),
    "version": _("Version"),
    "file": _("File"),
    "text": _("Note"),
    "size": _("Size in bytes"),
    "invoice_prefix": _("Invoice prefix"),
    "memo_prefix": _("Credit memo prefix"),
    "shared_numbers": _("One number series for both"),
    "yearly_reset": _("Restart numbers each year"),
    "einvoice_in_pdf": _("E-invoice in the PDF"),
}
BADGES = {
    "template": {
        "active": Badge("good", "printer", _("In use")),
        "published": Badge("quiet", "check-lg", _("Published")),
        "draft": Badge("plain", "pencil", _("Never published")),
        "changed": Badge("info", "pencil", _("Unpublished changes")),
    },
}
PLACES = [
    Place(Section.DOCUMENTS, 100, _("Downloads"), "documents:archives", "download", "documents.download"),
    Place(Section.SETTINGS, 140, _("Document Builder"), "documents:builder", "file-earmark-richtext", "settings.view"),
]


def _things() -> Iterator[Thing]:
    yield Thing(
        "documenttemplate", _("Template"), name=column(DocumentTemplate.objects.all(), "name"), page="documents:editor",
        permission="settings.view",
    )  # fmt: skip
    yield Thing(
        "templateasset", _("Image or font"), name=column(TemplateAsset.objects.all(), "name"), page="documents:assets",
        by="", permission="settings.view",
    )  # fmt: skip
    yield Thing(
        "documentarchive", _("Download of PDFs"), page="documents:archives", by="", permission="documents.download"
    )


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(*_things())
    register(silent={"version_id"}, verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES)
