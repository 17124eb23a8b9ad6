"""Writing the audit log: one row per verb, in the verb's own transaction."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db import models

from core import labels, rows, things
from core.actors import Actor
from core.models import AuditEntry
from core.people import known_as
from core.spelling import present


class Note(NamedTuple):
    """What was done to one object, as ``record`` takes it."""

    verb: str
    kind: str
    object_id: int | None
    company_id: int | None
    after: dict[str, object]
    before: dict[str, object] | None = None
    note: str = ""


class _EntryRow(NamedTuple):
    marketplace_id: int
    at: datetime
    actor_id: int | None
    actor_label: str
    person_id: int | None
    acting_company_id: int | None
    verb: str
    kind: str
    object_id: int | None
    company_id: int | None
    before: dict[str, object]
    after: dict[str, object]
    note: str


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
    if obj is not None:
        kind = kind or obj._meta.model_name or ""
        object_id = obj.pk if object_id is None else object_id
    record_many([Note(verb, kind, object_id, company_id, after or {}, before, note)], actor=actor, now=now)


def record_many(notes: Iterable[Note], *, actor: Actor, now: datetime) -> None:
    """Add one row for each note, of what one actor did in one transaction."""
    notes = list(notes)
    if labels.is_strict:
        for verb, *fields in {(note.verb, *(note.before or ()), *note.after) for note in notes}:
            labels.expect(verb, fields)
        for kind in {present(note.kind) for note in notes}:
            things.expect(kind)
    person = None
    if notes and actor.user_id is not None:
        person = known_as(actor.label, user_id=actor.user_id, marketplace_id=actor.marketplace_id, now=now)
    rows.insert(AuditEntry, [_entry(note, actor, person, now) for note in notes])


def _entry(note: Note, actor: Actor, person: int | None, now: datetime) -> _EntryRow:
    return _EntryRow(
        marketplace_id=actor.marketplace_id,
        at=now,
        actor_id=actor.user_id,
        actor_label=actor.label if person is None else "",
        person_id=person,
        acting_company_id=actor.company_id,
        verb=note.verb,
        kind=present(note.kind),
        object_id=note.object_id,
        company_id=note.company_id,
        before=note.before or {},
        after=note.after,
        note=note.note,
    )
