"""The sidebar: the places that every app names (`core.labels`), as one member may open them."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from companies.members import Member
from core.labels import PLACES, Section
from web.access import viewer


@dataclass(frozen=True, slots=True)
class Entry:
    """A place as one member sees it; ``waiting`` counts what waits there, when somebody asks."""

    label: str
    url: str
    icon: str
    is_current: bool
    waiting: Callable[[], int] | None = None


class Task(NamedTuple):
    """A part of the sidebar and its entries."""

    label: str
    entries: list[Entry]


LABELS = {
    Section.BILLING: _("Billing"),
    Section.RUNS: _("Billing runs"),
    Section.DOCUMENTS: _("Documents"),
    Section.SETTINGS: _("Settings"),
}


@lru_cache(maxsize=64)
def _address(url_name: str, _urlconf: str) -> str | None:
    """The place's address, or None while no app has built it."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return None


def _addresses(names: tuple[str, ...]) -> list[str]:
    return [url for name in names if (url := _address(name, settings.ROOT_URLCONF))]


def sections(member: Member, path: str) -> list[Task]:
    """What the member may open, with the entry marked that holds the page at ``path`` most closely."""
    open_to = [
        (place, url)
        for place in PLACES
        if (url := _address(place.url_name, settings.ROOT_URLCONF)) and member.may(place.permission)
    ]
    inside = {each: url for place, url in open_to for each in (url, *_addresses(place.also))}
    current = inside.get(max((each for each in inside if path.startswith(each)), key=len, default=""))
    shown: dict[Section, list[Entry]] = {section: [] for section in Section}
    for place, url in open_to:
        waiting = partial(place.waiting, member) if place.waiting else None
        shown[place.section].append(Entry(str(place.label), url, place.icon, url == current, waiting))
    return [Task(str(LABELS[section]), entries) for section, entries in shown.items() if entries]


def first_page(member: Member) -> str | None:
    """Where the member lands after signing in: the first place that they may open."""
    return next((entry.url for task in sections(member, "") for entry in task.entries), None)


def sidebar(request: HttpRequest) -> dict[str, Any]:
    """Context processor of `templates/base.html`."""
    member = viewer(request)
    return {"navigation": sections(member, request.path) if member is not None else []}
