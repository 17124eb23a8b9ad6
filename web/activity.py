"""Audit rows in words: what a row's ``before`` and ``after`` say to a reader, in the apps' words (`core.labels`)."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from core.formats import DASH, amount_text
from core.labels import AMOUNTS, FIELDS, SILENT, code_text, field_text, rows_text, verb_text
from core.models import AuditEntry


class Change(NamedTuple):
    """One field of an audit row; ``before`` is empty where the row only says what holds now."""

    label: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.label}: {self.before} → {self.after}" if self.before else f"{self.label}: {self.after}"


class Deed(NamedTuple):
    """An audit row in words; ``other`` names the document that it stands with, where that is not the page's own."""

    entry: AuditEntry
    words: str
    other: str
    changes: list[Change]

    @property
    def who(self) -> str:
        """Who did it, as they were called then, with their address."""
        entry = self.entry
        return f"{entry.who} ({entry.address})" if entry.address else entry.who


def deeds(told: Iterable[tuple[AuditEntry, str]], currency: str) -> list[Deed]:
    """Audit rows, each with the name of another document or nothing, for ``web/_deeds.html``."""
    return [Deed(entry, verb_text(entry.verb), other, changes(entry, currency)) for entry, other in told]


def changes(entry: AuditEntry, currency: str) -> list[Change]:
    """What a row says, field by field; amounts in the row's own currency, else in ``currency``."""
    before, after = entry.before or {}, entry.after or {}
    used = str(after.get("currency") or before.get("currency") or currency)
    places = {field: place for place, field in enumerate(FIELDS)}
    names = sorted({*after, *before}, key=lambda name: (places.get(name, len(places)), name))
    return [
        Change(
            label=field_text(name),
            before=_said(name, before, used),
            after=_said(name, after, used) or DASH,
        )
        for name in names
        if name not in SILENT and not (name in before and name in after and before[name] == after[name])
    ]


def _said(name: str, facts: Mapping[str, Any], currency: str) -> str:
    return value_text(name, facts[name], currency) if name in facts else ""


def value_text(name: str, value: Any, currency: str) -> str:
    """One stored value as people read it: amounts, yes and no, statuses and lists in words."""
    if value is None or value in ("", []):
        return DASH
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name in AMOUNTS and isinstance(value, int):
        return amount_text(value, currency)
    if isinstance(value, list | dict):
        return _several(name, value, currency)
    text = str(value)
    return code_text(name, text) or text


def _several(name: str, value: list[Any] | dict[str, Any], currency: str) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key}: {value_text(key, one, currency)}" for key, one in value.items())
    return rows_text(name, value, currency) or ", ".join(value_text(name, one, currency) for one in value)
