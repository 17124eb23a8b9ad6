"""Read a file chunk by chunk: events, problems, and how far it is, in one transaction each.

So a reader that is killed anywhere has read whole chunks, and the next goes on behind the last of them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from time import monotonic
from typing import Any, NamedTuple

from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from billing.models import BillingEvent, EventImport, ImportProblem, TriedEvent
from billing.operations.asking import ask_about_import
from billing.operations.asking_credit import became_events
from billing.operations.importing.lookups import Found, ImportRow, Known, Refused
from companies.queries.people import name_in
from core import outbox, rows
from core.actors import Actor
from core.csvfile import Record, records
from core.errors import guard_name
from core.locking import lock_one
from core.retry import retry

CHUNK = 2000
TURN = 15.0
"""Seconds after which a reader lets others have its worker."""
State = EventImport.State


class _TriedRow(NamedTuple):
    event_import_id: int
    key: str
    body_hash: str
    company_id: int
    payer_id: int
    credit: int | None
    asks: bool


class _ProblemRow(NamedTuple):
    event_import_id: int
    row: int
    text: str
    message: str


@dataclass(slots=True)
class _Chunk:
    """What a chunk comes to."""

    events: list[Found] = field(default_factory=list)
    problems: list[_ProblemRow] = field(default_factory=list)
    repeated: int = 0


def read_turn(*, import_id: int, now: datetime, seconds: float = TURN, chunk: int = CHUNK) -> bool:
    """Read on for some seconds; whether there is more to read. Raises Permanent for a file that was cut short."""
    row = EventImport.objects.get(pk=import_id)
    end = monotonic() + seconds
    with default_storage.open(row.file, "rb") as stream:
        if stream.size != row.size:
            raise outbox.Permanent(_("The stored file is not the one that was uploaded. Upload it again."))
        while monotonic() < end:
            rows.plan_afresh()
            if not _read_chunk(import_id, stream.file, chunk, now):
                return False
    return True


def _read_chunk(import_id: int, stream: Any, size: int, now: datetime) -> bool:
    """One chunk; read again when somebody recorded one of its keys at the same moment."""
    for attempt in range(3):
        try:
            return retry(lambda: _chunk(import_id, stream, size, now))
        except IntegrityError as error:
            if attempt == 2 or guard_name(error) != "event_once":  # noqa: PLR2004
                raise
    raise AssertionError("unreachable")


@transaction.atomic
def _chunk(import_id: int, stream: Any, size: int, now: datetime) -> bool:
    row = lock_one(EventImport.objects.filter(pk=import_id))
    if not row.is_open:
        return False
    found = list(islice(_records(row, stream), size))
    if found:
        _take(row, found, now)
        row.offset = found[-1].offset
    row.state = State.READING
    if len(found) < size:
        row.offset, row.state, row.finished_at = row.size, State.DONE, now
    row.save(
        update_fields=["offset", "last_row", "rows", "added", "repeated", "refused", "asked", "state", "finished_at"]
    )
    return len(found) == size


def _records(row: EventImport, stream: Any) -> Iterator[Record]:
    return records(stream, offset=row.offset, delimiter=row.delimiter, row=row.last_row)


def _take(row: EventImport, found: list[Record], now: datetime) -> None:
    """Write the chunk's events and problems, and count them."""
    lines = [ImportRow.of(record, row.columns) for record in found]
    label = name_in(row.marketplace_id, row.created_by) or "Import"
    actor = Actor(row.marketplace_id, label, user_id=row.created_by_id)
    known = Known(row, lines, actor=actor, now=now)
    chunk = _Chunk()
    for record, line in zip(found, lines, strict=True):
        try:
            event = known.event(line)
        except Refused as refusal:
            chunk.problems.append(_ProblemRow(row.pk, record.row, record.text, str(refusal)))
            continue
        if event is None:
            chunk.repeated += 1
        else:
            chunk.events.append(event)
    _write(row, chunk.events, now)
    rows.insert(ImportProblem, chunk.problems)
    asked = sum(each.asks for each in chunk.events)
    if asked and not row.is_trial:
        ask_about_import(row, actor, now)
    row.last_row = found[-1].row
    row.asked += asked
    row.rows += len(found)
    row.added += len(chunk.events)
    row.repeated += chunk.repeated
    row.refused += len(chunk.problems)


def _write(row: EventImport, found: list[Found], now: datetime) -> None:
    """The events; of a dry run only what its later rows may be about."""
    if not row.is_trial:
        rows.insert(BillingEvent, [each.event for each in found])
        became_events(row.marketplace_id, [each.event.key for each in found], now)
        return
    rows.insert(
        TriedEvent,
        [
            _TriedRow(row.pk, each.event.key, each.event.body_hash, each.company, each.payer, each.credit, each.asks)
            for each in found
        ],
    )
