"""The words of documents and their templates: audit verbs and fields, badges, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core.labels import Badge, Place, Section, register

VERBS = {
    "documents.try_again": _("Had a failed PDF made again"),
    "documents.archive_requested": _("Asked for many PDFs at once"),
    "documents.regenerated": _("Asked for one more version of a PDF"),
    "documents.noted": _("Added a note or file"),
    "documents.note_struck": _("Struck a note or file"),
    "template.created": _("Began a template"),
    "template.saved": _("Saved a template's draft"),
    "template.published": _("Published a template"),
    "template.activated": _("Chose what documents are printed with"),
    "template.asset_kept": _("Kept an image or font of templates"),
    "template.asset_removed": _("Took an image or font of templates away"),
}
FIELDS = {
    "documents": _("Documents"),
    "document": _("Prints"),
    "purpose": _("PDF"),
    "origin": _("Copy of"),
    "revision": _("Draft"),
    "page_size": _("Paper"),
    "version": _("Version"),
    "file": _("File"),
    "text": _("Note"),
    "size": _("Bytes"),
    "invoice_prefix": _("Prefix of invoices"),
    "memo_prefix": _("Prefix of credit memos"),
    "shared_numbers": _("One series for both"),
    "yearly_reset": _("Numbers start again each year"),
    "einvoice_in_pdf": _("E-invoice inside the PDF"),
}
BADGES = {
    "template": {
        "active": Badge("good", "printer", _("Prints now")),
        "published": Badge("quiet", "check-lg", _("Published")),
        "draft": Badge("plain", "pencil", _("Never published")),
        "changed": Badge("info", "pencil", _("Draft has changes")),
    },
}
PLACES = [
    Place(Section.DOCUMENTS, 100, _("Downloads"), "documents:archives", "download", "documents.download"),
    Place(Section.SETTINGS, 140, _("Document Builder"), "documents:builder", "file-earmark-richtext", "settings.view"),
]


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(silent={"version_id"}, verbs=VERBS, fields=FIELDS, badges=BADGES, places=PLACES)
