"""The sidebar: every place by task, with the permission that it needs. Names only, so that ``core`` imports no app."""

from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from core.access import Viewer


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: its words, the name of its address, its icon, and who may go there."""

    label: str | Promise
    url_name: str
    icon: str
    permission: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as one member sees it."""

    label: str
    url: str
    icon: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A task and its entries."""

    label: str
    entries: list[Entry]


PLACES: tuple[tuple[str | Promise, tuple[Place, ...]], ...] = (
    (
        _("Billing"),
        (
            Place(_("Credit memos"), "creditmemos:list", "file-earmark-minus", "creditmemos.view"),
            Place(_("Invoices"), "invoices:list", "receipt", "invoices.view"),
            Place(_("Companies"), "companies:list", "buildings", "companies.view"),
            Place(_("Approvals"), "creditmemos:approvals", "clipboard-check", "creditmemos.approve"),
        ),
    ),
    (
        _("Settings"),
        (
            Place(_("Invoice & credit memo"), "companies:settings", "sliders", "settings.view"),
            Place(_("People"), "companies:people", "people", "people.view"),
            Place(_("Permissions"), "companies:permissions", "shield-lock", "people.view"),
            Place(_("Audit log"), "companies:audit", "journal-text", "audit.view"),
        ),
    ),
)


@lru_cache(maxsize=64)
def _address(url_name: str, _urlconf: str) -> str | None:
    """The place's address, or None while no app has built it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def sections(member: Viewer, path: str) -> list[Section]:
    """What the member may open, with the entry marked that holds the page at ``path``."""
    shown = []
    for label, places in PLACES:
        entries = [
            Entry(str(place.label), url, place.icon, path.startswith(url))
            for place in places
            if (url := _address(place.url_name, settings.ROOT_URLCONF)) and member.may(place.permission)
        ]
        if entries:
            shown.append(Section(str(label), entries))
    return shown


def first_page(member: Viewer) -> str | None:
    """Where the member lands after signing in: the first place that they may open."""
    return next((entry.url for section in sections(member, "") for entry in section.entries), None)
