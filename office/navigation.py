"""The sidebar: every place by task, with the permission that it needs. Names only, so that ``core`` imports no app."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from companies.members import Member
from core.models import Approval
from core.prepared import Prepared
from web.access import viewer


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: its words, the name of its address, its icon, who may go there, and what waits there for them.

    ``also`` names addresses elsewhere whose pages belong to it.
    """

    label: str | Promise
    url_name: str
    icon: str
    permission: str
    waiting: Callable[[Member], int] | None = None
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as one member sees it; ``waiting`` counts what waits there, when somebody asks."""

    label: str
    url: str
    icon: str
    is_current: bool
    waiting: Callable[[], int] | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A task and its entries."""

    label: str
    entries: list[Entry]


MOST_COUNTED = 99
"""A badge says no more than "99+"; nothing beyond is counted."""


def _waiting(marketplace: int, user: int) -> QuerySet[Approval]:
    waiting = Approval.objects.filter(marketplace_id=marketplace, decision=Approval.Decision.WAITING)
    return waiting.exclude(requested_by_id=user).only("pk")[: MOST_COUNTED + 1]


def _waiting_memos(marketplace: int, user: int) -> QuerySet[Approval]:
    waiting = Approval.objects.filter(marketplace_id=marketplace, decision=Approval.Decision.WAITING, kind="creditmemo")
    return waiting.exclude(requested_by_id=user).only("pk")[: MOST_COUNTED + 1]


WAITING = Prepared(_waiting, count=2)
WAITING_MEMOS = Prepared(_waiting_memos, count=2)


def requests_waiting(member: Member) -> int:
    """Requests that wait for the member's decision, not counting their own; Support decides at most about memos."""
    waiting = WAITING if member.may("approvals.decide") else WAITING_MEMOS
    return len(waiting.rows(member.marketplace.pk, member.user.pk))


PLACES: tuple[tuple[str | Promise, tuple[Place, ...]], ...] = (
    (
        _("Billing"),
        (
            Place(_("Credit memos"), "creditmemos:list", "file-earmark-minus", "creditmemos.view"),
            Place(_("Invoices"), "invoices:list", "receipt", "invoices.view"),
            Place(_("Companies"), "companies:list", "buildings", "companies.view"),
            Place(_("Subscriptions"), "subscriptions:list", "arrow-repeat", "subscriptions.view"),
            Place(_("Approvals"), "creditmemos:approvals", "clipboard-check", "creditmemos.approve", requests_waiting),
        ),
    ),
    (
        _("Billing runs"),
        (
            Place(_("Dashboard"), "billing:dashboard", "speedometer2", "billing.view"),
            Place(_("Runs"), "billing:runs", "play-circle", "billing.view"),
            Place(_("Events"), "billing:events", "list-check", "billing.view"),
        ),
    ),
    (
        _("Documents"),
        (
            Place(_("Deliveries"), "notifications:list", "envelope-paper", "documents.retry"),
            Place(_("Downloads"), "documents:archives", "download", "documents.download"),
        ),
    ),
    (
        _("Settings"),
        (
            Place(
                _("Invoice & credit memo"),
                "companies:settings",
                "sliders",
                "settings.view",
                also=("creditmemos:reasons",),
            ),
            Place(_("Billing"), "billing:settings", "calendar3", "settings.view"),
            Place(_("Products"), "subscriptions:products", "tag", "settings.view"),
            Place(_("Document Builder"), "documents:builder", "file-earmark-richtext", "settings.view"),
            Place(_("Notifications"), "notifications:settings", "envelope", "settings.view"),
            Place(_("People"), "companies:people", "people", "people.view"),
            Place(_("Permissions"), "companies:permissions", "shield-lock", "people.view"),
            Place(_("Audit log"), "companies:audit", "journal-text", "audit.view"),
            Place(_("Failed work"), "core:failed_work", "arrow-repeat", "documents.retry"),
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


def _addresses(names: tuple[str, ...]) -> list[str]:
    return [url for name in names if (url := _address(name, settings.ROOT_URLCONF))]


def sections(member: Member, path: str) -> list[Section]:
    """What the member may open, with the entry marked that holds the page at ``path`` most closely."""
    open_to = [
        (label, place, url)
        for label, places in PLACES
        for place in places
        if (url := _address(place.url_name, settings.ROOT_URLCONF)) and member.may(place.permission)
    ]
    inside = {each: url for _label, place, url in open_to for each in (url, *_addresses(place.also))}
    current = inside.get(max((each for each in inside if path.startswith(each)), key=len, default=""))
    shown: dict[str, list[Entry]] = {}
    for label, place, url in open_to:
        waiting = partial(place.waiting, member) if place.waiting else None
        shown.setdefault(str(label), []).append(Entry(str(place.label), url, place.icon, url == current, waiting))
    return [Section(label, entries) for label, entries in shown.items()]


def first_page(member: Member) -> str | None:
    """Where the member lands after signing in: the first place that they may open."""
    return next((entry.url for section in sections(member, "") for entry in section.entries), None)


def sidebar(request: HttpRequest) -> dict[str, Any]:
    """Context processor of `templates/base.html`."""
    member = viewer(request)
    return {"navigation": sections(member, request.path) if member is not None else []}
