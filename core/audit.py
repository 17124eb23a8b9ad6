"""Writing the audit log: one row per verb, in the verb's own transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import models

from core import labels, rows
from core.actors import Actor
from core.models import AuditEntry

_COLUMNS = (
    "marketplace", "at", "actor", "actor_label", "acting_company", "verb", "kind", "object_id", "company", "before",
    "after", "note",
)  # fmt: skip


class Note(NamedTuple):
    """What was done to one of many objects; ``after`` as ``record`` takes it."""

    verb: str
    kind: str
    object_id: int
    company_id: int | None
    after: dict[str, object]


def record(
    *,
    actor: Actor,
    verb: str,
    now: datetime,
    obj: models.Model | None = None,
    kind: str = "",
    object_id: int | None = None,
    company_id: int | None = None,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
    note: str = "",
) -> None:
    """Add one row. ``before`` and ``after`` hold ids, amounts in minor units and codes; ``note`` holds the reason."""
    labels.expect(verb, {*(before or {}), *(after or {})})
    rows.insert(
        AuditEntry,
        _COLUMNS,
        [
            (
                actor.marketplace_id,
                now,
                actor.user_id,
                actor.label,
                actor.company_id,
                verb,
                kind or (obj._meta.model_name or "" if obj is not None else ""),
                object_id if object_id is not None else (obj.pk if obj is not None else None),
                company_id,
                before or {},
                after or {},
                note,
            )
        ],
    )


def record_many(notes: Iterable[Note], *, actor: Actor, now: datetime) -> None:
    """Add one row for each note, of what one actor did to many objects in one transaction."""
    notes = list(notes)
    for verb, fields in {(note.verb, tuple(note.after)) for note in notes}:
        labels.expect(verb, fields)
    rows.copy(
        AuditEntry,
        _COLUMNS,
        [
            (
                actor.marketplace_id, now, actor.user_id, actor.label, actor.company_id, note.verb, note.kind,
                note.object_id, note.company_id, {}, note.after, "",
            )
            for note in notes
        ],
    )  # fmt: skip
