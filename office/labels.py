"""The words of opening a marketplace and of failed jobs: audit verbs and fields, places in the sidebar."""

from django.utils.translation import gettext_lazy as _

from core import things
from core.labels import Place, Section, register

VERBS = {
    "marketplace.opened": _("Opened the marketplace"),
    "outbox.redrive": _("Ran failed jobs again"),
    "outbox.set_aside": _("Set failed jobs aside"),
}
FIELDS = {
    "time_zone": _("Time zone"),
    "languages": _("Languages"),
    "attempts": _("Attempts"),
    "error": _("Error"),
}
PLACES = [
    Place(Section.SETTINGS, 180, _("Audit log"), "companies:audit", "journal-text", "audit.view"),
    Place(Section.SETTINGS, 190, _("Failed jobs"), "core:failed_work", "arrow-repeat", "documents.retry"),
]


def register_all() -> None:
    """Called from AppConfig.ready."""
    things.register(things.Thing("outboxjob", _("Job"), page="core:failed_work", by="", permission="documents.retry"))
    register(verbs=VERBS, fields=FIELDS, places=PLACES)
