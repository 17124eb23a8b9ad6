"""Take a file in, stop its reading, and go on with it."""

from datetime import datetime
from typing import BinaryIO
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from billing.csvfile import read_header
from billing.models import EventImport
from billing.refusals import ImportNotOpen, ImportNotStopped
from core import audit, outbox
from core.actors import Actor
from core.errors import InvalidInput
from core.locking import lock_one

MOST_BYTES = 512 * 1024 * 1024
State = EventImport.State


def start_import(*, name: str, content: BinaryIO, size: int, actor: Actor, now: datetime) -> EventImport:
    """Store a file of events and let it be read; what is wrong with its header is refused beside ``file``."""
    if size > MOST_BYTES:
        raise InvalidInput(_("The file is larger than 512 MiB. Send it in parts."), field="file")
    header = read_header(content)
    content.seek(0)
    stored = default_storage.save(f"imports/{uuid4()}.csv", File(content))
    with transaction.atomic():
        made = EventImport.objects.create(
            marketplace_id=actor.marketplace_id, name=name[:200], file=stored, size=size, delimiter=header.delimiter,
            columns=header.columns, offset=header.offset, created_at=now, created_by_id=actor.user_id,
        )  # fmt: skip
        audit.record(actor=actor, verb="import.started", obj=made, after={"name": made.name}, now=now)
        publish_turn(made, 0, now)
    return made


def publish_turn(row: EventImport, turn: int, now: datetime) -> None:
    """Let a worker read on for some seconds."""
    outbox.publish(
        topic="billing.import.turn",
        key=f"billing.import.turn:{row.pk}/{row.restarts}/{turn}",
        marketplace_id=row.marketplace_id,
        payload={"import_id": row.pk, "turn": turn},
        now=now,
    )


@transaction.atomic
def stop(*, row: EventImport, actor: Actor, now: datetime) -> EventImport:
    """Stop reading after the chunk in hand; what was read stays."""
    row = lock_one(EventImport.objects.filter(pk=row.pk, marketplace_id=actor.marketplace_id))
    if not row.is_open:
        raise ImportNotOpen
    row.state = State.STOPPED
    row.save(update_fields=["state"])
    audit.record(actor=actor, verb="import.stopped", obj=row, now=now)
    return row


@transaction.atomic
def go_on(*, row: EventImport, actor: Actor, now: datetime) -> EventImport:
    """Read on from where it was stopped or failed."""
    row = lock_one(EventImport.objects.filter(pk=row.pk, marketplace_id=actor.marketplace_id))
    if row.state not in (State.STOPPED, State.FAILED):
        raise ImportNotStopped
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
