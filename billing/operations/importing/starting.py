"""Take a file in, stop its reading, and go on with it."""

import hashlib
from datetime import datetime
from typing import Any, BinaryIO
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.event_files import COLUMNS, REQUIRED
from billing.domain.refusals import (
    ImportNotOpen,
    ImportNotStopped,
    ImportNotTried,
    TriedLongAgo,
)
from billing.models import EventImport
from billing.operations.importing.tidying import KEPT
from billing.operations.recording import PERMISSION as RECORD
from companies.domain.refusals import FileIsGone
from core import audit, idempotency, outbox
from core.actors import Actor
from core.checks import check_choice
from core.csvfile import first_rows, read_header
from core.csvnumbers import COMMA, POINT, SIGNS
from core.errors import InvalidInput, refusal_of
from core.locking import lock_one

MOST_BYTES = 512 * 1024 * 1024
OPERATION = "billing.import"
PERMISSION = RECORD
State = EventImport.State


def start_import(
    *,
    name: str,
    content: BinaryIO,
    size: int,
    actor: Actor,
    now: datetime,
    key: str,
    decimal: str = POINT,
    is_trial: bool = False,
    sent_by: int | None = None,
) -> EventImport:
    """Store a file of events and let it be read; what is wrong with its header is refused beside ``file``.

    A dry run (``is_trial``) says what an import would do, row by row, and adds nothing. ``decimal`` is the sign in
    front of decimals in the file; ``sent_by`` is the id of whoever brought it, where that is somebody else.
    The same ``key`` again gets the first import; with another file it is a DuplicateRequest. The file is stored before
    the transaction, which would else hold others up, and goes again when nothing comes of it.
    """
    if size > MOST_BYTES:
        raise InvalidInput(_("The file is larger than 512 MiB. Split it into smaller files."), field="file")
    check_choice(decimal, SIGNS, field="decimal")
    content.seek(0)
    header = read_header(content, known=COLUMNS, required=REQUIRED)
    shown = first_rows(content, header)
    content.seek(0)
    body = [name, size, decimal, is_trial, hashlib.file_digest(content, "sha256").hexdigest()]  # type: ignore[arg-type]
    content.seek(0)
    row = EventImport(
        marketplace_id=actor.marketplace_id, name=name[:200], size=size, delimiter=header.delimiter,
        columns=header.columns, offset=header.offset, last_row=header.row, first_rows=shown, decimal=decimal,
        is_trial=is_trial, created_at=now, created_by_id=actor.user_id, sent_by_id=sent_by,
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
    verb = "import.tried" if row.is_trial else "import.started"
    audit.record(actor=actor, verb=verb, obj=row, after={"name": row.name}, now=now)
    publish_turn(row, 0, now)
    idempotency.remember(actor=actor, operation=OPERATION, key=key, result={"import_id": row.pk})
    return row


def may_import_tried(row: EventImport) -> bool:
    """Whether this was a dry run that found something to add."""
    return bool(row.added) and refusal_of(check_import_tried, row) is None


def check_import_tried(row: EventImport) -> None:
    """Ask the guard of importing what was tried: it is read to its end."""
    if not row.is_trial or row.state != State.DONE:
        raise ImportNotTried


def import_tried(*, trial: EventImport, actor: Actor, now: datetime, key: str) -> EventImport:
    """Import for real the very file that was tried; every row is asked again, and for whoever imports it.

    What a dry run says holds for whoever made it: their companies (I18), and what they may record alone. A file adds
    nothing to the companies of whoever brought it either, whoever imports it.
    """
    trial = EventImport.objects.get(pk=trial.pk, marketplace_id=actor.marketplace_id)
    check_import_tried(trial)
    return _again(trial, decimal=trial.decimal, is_trial=False, actor=actor, now=now, key=key)


def may_read_anew(row: EventImport) -> bool:
    """Whether this was a dry run, which the other decimal sign may change."""
    return refusal_of(check_read_anew, row) is None


def check_read_anew(row: EventImport) -> None:
    """Ask the guard of trying a file with the other decimal sign: it was a dry run."""
    if not row.is_trial:
        raise ImportNotTried


def read_anew(*, trial: EventImport, actor: Actor, now: datetime, key: str) -> EventImport:
    """Try the same file again with the other decimal sign."""
    trial = EventImport.objects.get(pk=trial.pk, marketplace_id=actor.marketplace_id)
    check_read_anew(trial)
    return _again(trial, decimal=other_sign(trial), is_trial=True, actor=actor, now=now, key=key)


def other_sign(row: EventImport) -> str:
    """The decimal sign that the file was not read with."""
    return COMMA if row.decimal == POINT else POINT


def _again(trial: EventImport, *, decimal: str, is_trial: bool, actor: Actor, now: datetime, key: str) -> EventImport:
    try:
        stream = default_storage.open(trial.file, "rb")
    except FileNotFoundError:
        raise FileIsGone from None
    with stream:
        content: Any = stream.file
        return start_import(
            name=trial.name, content=content, size=stream.size, decimal=decimal, is_trial=is_trial, actor=actor,
            now=now, key=key, sent_by=trial.sent_by_id or trial.created_by_id,
        )  # fmt: skip


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


def may_go_on(row: EventImport, *, now: datetime) -> bool:
    """Whether its reading was stopped, or failed, not too long ago."""
    return refusal_of(check_go_on, row, now=now) is None


def check_stop(row: EventImport) -> None:
    """Ask the guard of stopping."""
    if not row.is_open:
        raise ImportNotOpen


def check_go_on(row: EventImport, *, now: datetime) -> None:
    """Ask the guards of going on: reading was stopped, and what a dry run noted so far is still kept."""
    if row.state not in (State.STOPPED, State.FAILED):
        raise ImportNotStopped
    if row.is_trial and row.created_at < now - KEPT:
        raise TriedLongAgo


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
    check_go_on(row, now=now)
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
