"""Words for what is stored, and places in the sidebar: each app says its own, by one plain call in ``AppConfig.ready``.

``core`` knows the shape of a word, no word itself. A word that no app says is shown as it is stored; in tests it is an
error (``is_strict``), so that no verb, field or badge goes to people without its words.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from django.utils.functional import Promise

from core.spelling import present

Word = TypeVar("Word")


class Badge(NamedTuple):
    """How one status is shown; the tones are good, info, warn, bad, quiet and plain (see `static/css/offset.css`)."""

    tone: str
    icon: str
    label: str | Promise


class Section(StrEnum):
    """The parts of the sidebar, in their order."""

    BILLING = "billing"
    RUNS = "runs"
    DOCUMENTS = "documents"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the sidebar: its words, the name of its address, its icon, who may go there, and what waits there.

    ``rank`` orders the entries of all apps; ``waiting`` is given the member; ``also`` names addresses elsewhere whose
    pages belong to it.
    """

    section: Section
    rank: int
    label: str | Promise
    url_name: str
    icon: str
    permission: str
    waiting: Callable[[Any], int] | None = None
    also: tuple[str, ...] = ()


VERBS: dict[str, str | Promise] = {}
"""Audit verbs."""
FIELDS: dict[str, str | Promise] = {}
"""Keys of an audit row's ``before`` and ``after``, in the order in which a reader sees them."""
AMOUNTS: set[str] = set()
"""The fields that are minor units."""
BADGES: dict[str, dict[str, Badge]] = {}
"""By kind of thing and status."""
PLACES: list[Place] = []
SILENT = {"currency", "user_id"}
"""Fields that another column shows, or that say nothing to people: ids."""
_codes: dict[str, Callable[[str], str]] = {}
_rows: dict[str, Callable[[Sequence[Mapping[str, Any]], str], str]] = {}
is_strict = False
"""Whether a word that no app says is an error; tests switch it on."""


class UnknownWord(LookupError):
    """A verb, field or badge that no app has put in words."""


def register(
    *,
    verbs: Mapping[str, str | Promise] | None = None,
    fields: Mapping[str, str | Promise] | None = None,
    amounts: Collection[str] = (),
    silent: Collection[str] = (),
    badges: Mapping[str, dict[str, Badge]] | None = None,
    places: Sequence[Place] = (),
) -> None:
    """Add an app's words; ValueError for a word that another app says already."""
    _add(VERBS, verbs or {})
    _add(FIELDS, fields or {})
    _add(BADGES, badges or {})
    AMOUNTS.update(amounts)
    SILENT.update(silent)
    PLACES.extend(places)
    PLACES.sort(key=lambda place: place.rank)


def _add(table: dict[str, Word], words: Mapping[str, Word]) -> None:
    if said := table.keys() & words.keys():
        raise ValueError(f"two apps say {', '.join(sorted(said))}")
    table.update(words)


def say(field: str, word: Callable[[str], str]) -> None:
    """Let an app write the codes that a field holds in words."""
    _codes[field] = word


def code_text(field: str, code: str) -> str | None:
    """A code of a field in words; None where no app says it."""
    said = _codes.get(field)
    return said(code) if said else None


def say_rows(field: str, words: Callable[[Sequence[Mapping[str, Any]], str], str]) -> None:
    """Let an app write the rows that a field holds in words, together; it is given a currency too."""
    _rows[field] = words


def rows_text(field: str, rows: Sequence[Mapping[str, Any]], currency: str) -> str | None:
    """The rows of a field in words; None where no app says them together."""
    said = _rows.get(field)
    return said(rows, currency) if said else None


def verb_text(verb: str) -> str:
    """What a verb is called; an unknown one by its own name."""
    return str(VERBS.get(present(verb)) or _unknown("verb", verb, verb.replace(".", ": ").replace("_", " ")))


def field_text(field: str) -> str:
    """What a field is called; an unknown one by its own name."""
    return str(FIELDS.get(field) or _unknown("field", field, field.replace("_", " ").capitalize()))


def expect(verb: str, fields: Collection[str]) -> None:
    """Where words are strict, raise UnknownWord for what is about to be kept and could not be said to people."""
    if is_strict:
        verb_text(verb)
        if unknown := set(fields) - SILENT - FIELDS.keys():
            _unknown("field", ", ".join(sorted(unknown)), "")


def badge(kind: str, state: str) -> Badge:
    """How a status is shown; an unknown one as itself."""
    found = BADGES.get(kind, {}).get(state)
    return found or Badge("plain", "question-circle", _unknown("badge", f"{kind} {state}", state.replace("_", " ")))


def badge_text(kind: str, state: str) -> str:
    """The badge's word alone."""
    return str(badge(kind, state).label)


def _unknown(what: str, name: str, shown: str) -> str:
    if is_strict:
        raise UnknownWord(f"no app says the {what} {name}")
    return shown
