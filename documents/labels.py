"""The words of documents and their templates: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Badge, Place, Section, register

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


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(silent={"version_id"}, verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES)
