"""Take a file in, stop its reading, and go on with it."""

import hashlib
from datetime import datetime
from typing import BinaryIO
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.event_files import COLUMNS, REQUIRED
from billing.domain.refusals import ImportNotOpen, ImportNotStopped
from billing.models import EventImport
from core import audit, idempotency, outbox
from core.actors import Actor
from core.csvfile import read_header
from core.errors import InvalidInput, refusal_of
from core.locking import lock_one

MOST_BYTES = 512 * 1024 * 1024
OPERATION = "billing.import"
State = EventImport.State


def start_import(*, name: str, content: BinaryIO, size: int, actor: Actor, now: datetime, key: str) -> EventImport:
    """Store a file of events and let it be read; what is wrong with its header is refused beside ``file``.

    The same ``key`` again gets the first import; with another file it is a DuplicateRequest. The file is stored before
    the transaction, which would else hold others up, and goes again when nothing comes of it.
    """
    if size > MOST_BYTES:
        raise InvalidInput(_("The file is larger than 512 MiB. Send it in parts."), field="file")
    content.seek(0)
    header = read_header(content, known=COLUMNS, required=REQUIRED)
    content.seek(0)
    body = [name, size, hashlib.file_digest(content, "sha256").hexdigest()]  # type: ignore[arg-type]
    content.seek(0)
    row = EventImport(
        marketplace_id=actor.marketplace_id, name=name[:200], size=size, delimiter=header.delimiter,
        columns=header.columns, offset=header.offset, created_at=now, created_by_id=actor.user_id,
        file=default_storage.save(f"imports/{uuid4()}.csv", File(content)),
    )  # fmt: skip
    made = None
    try:
        made = _start(row, actor=actor, now=now, key=key, body=body)
    finally:
        if made != row:
            default_storage.delete(row.file)
    return made


@transaction.atomic
def _start(row: EventImport, *, actor: Actor, now: datetime, key: str, body: list[object]) -> EventImport:
    again = idempotency.claim(actor=actor, operation=OPERATION, key=key, body=body, now=now)
    if again:
        return EventImport.objects.get(pk=again.result["import_id"])
    row.save()
    audit.record(actor=actor, verb="import.started", obj=row, after={"name": row.name}, now=now)
    publish_turn(row, 0, now)
    idempotency.remember(actor=actor, operation=OPERATION, key=key, result={"import_id": row.pk})
    return row


def publish_turn(row: EventImport, turn: int, now: datetime) -> None:
    """Let a worker read on for some seconds."""
    outbox.publish(
        topic="billing.import.turn",
        key=f"billing.import.turn:{row.pk}/{row.restarts}/{turn}",
        marketplace_id=row.marketplace_id,
        payload={"import_id": row.pk, "turn": turn},
        now=now,
    )


def may_stop(row: EventImport) -> bool:
    """Whether it is being read."""
    return refusal_of(check_stop, row) is None


def may_go_on(row: EventImport) -> bool:
    """Whether its reading was stopped, or failed."""
    return refusal_of(check_go_on, row) is None


def check_stop(row: EventImport) -> None:
    """Ask the guard of stopping."""
    if not row.is_open:
        raise ImportNotOpen


def check_go_on(row: EventImport) -> None:
    """Ask the guard of going on."""
    if row.state not in (State.STOPPED, State.FAILED):
        raise ImportNotStopped


@transaction.atomic
def stop(*, row: EventImport, actor: Actor, now: datetime) -> EventImport:
    """Stop reading after the chunk in hand; what was read stays."""
    row = lock_one(EventImport.objects.filter(pk=row.pk, marketplace_id=actor.marketplace_id))
    check_stop(row)
    row.state = State.STOPPED
    row.save(update_fields=["state"])
    audit.record(actor=actor, verb="import.stopped", obj=row, now=now)
    return row


@transaction.atomic
def go_on(*, row: EventImport, actor: Actor, now: datetime) -> EventImport:
    """Read on from where it was stopped or failed."""
    row = lock_one(EventImport.objects.filter(pk=row.pk, marketplace_id=actor.marketplace_id))
    check_go_on(row)
    row.state, row.error, row.restarts = State.WAITING, "", row.restarts + 1
    row.save(update_fields=["state", "error", "restarts"])
    audit.record(actor=actor, verb="import.resumed", obj=row, now=now)
    publish_turn(row, 0, now)
    return row


def break_off(*, import_id: int, reason: str) -> None:
    """Reading failed again and again: say so, in the caller's transaction; it can be gone on with."""
    row = lock_one(EventImport.objects.filter(pk=import_id))
    if row.is_open:
        row.state, row.error = State.FAILED, reason
        row.save(update_fields=["state", "error"])
