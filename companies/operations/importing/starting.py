"""Take a file of companies in: tried or for real, whole in one transaction, without a second effect."""

import hashlib
from collections import Counter
from datetime import datetime
from typing import Any, BinaryIO, NamedTuple
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from companies.domain.company_files import ALIASES, COLUMNS, PEOPLE, REQUIRED, CompanyRow, row_of
from companies.domain.refusals import FileIsGone
from companies.models import CompanyImport, CompanyImportProblem
from companies.operations.importing.reading import Reading
from companies.operations.importing.writing import invite_people, write_companies
from core import audit, idempotency, rows
from core.actors import Actor
from core.csvfile import first_rows, read_header, records
from core.errors import InvalidInput, Missing
from core.locking import take_turns

MOST_BYTES = 16 * 1024 * 1024
MOST_ROWS = 20_000
OPERATION = "companies.import"


class _ProblemRow(NamedTuple):
    company_import_id: int
    row: int
    text: str
    message: str


def import_companies(
    *,
    name: str,
    content: BinaryIO,
    size: int,
    is_trial: bool,
    may_invite: bool,
    actor: Actor,
    now: datetime,
    key: str,
    sender_id: int | None = None,
) -> CompanyImport:
    """Add and change the companies of a CSV file, each named by its external key; rows that don't fit are listed.

    A trial says what would happen, and writes nothing but that. ``may_invite``: whether the person may add people,
    without which no file may name any; ``sender_id`` is who sent the file, where it is
    somebody else's. The same ``key`` again gets the first import. The file is kept, stored before
    the transaction, and goes again when nothing comes of it. Refused beside ``file``.
    """
    if size > MOST_BYTES:
        raise InvalidInput(_("The file is larger than 16 MiB. Split it into smaller files."), field="file")
    found, shown = _read(content, may_invite=may_invite)
    content.seek(0)
    body = [name, is_trial, hashlib.file_digest(content, "sha256").hexdigest()]  # type: ignore[arg-type]
    content.seek(0)
    sent = CompanyImport(
        marketplace_id=actor.marketplace_id, name=name[:200], is_trial=is_trial, first_rows=shown,
        created_at=now, created_by_id=actor.user_id, file=default_storage.save(f"imports/{uuid4()}.csv", File(content)),
    )  # fmt: skip
    made = None
    try:
        made = _carry_out(sent, found, sender_id, actor=actor, now=now, key=key, body=body)
    finally:
        if made != sent:
            default_storage.delete(sent.file)
    return made


def check_import_tried(trial: CompanyImport) -> None:
    """Ask the guard of importing what was tried: it was a trial."""
    if not trial.is_trial:
        raise Missing


def import_tried(*, trial: CompanyImport, may_invite: bool, actor: Actor, now: datetime, key: str) -> CompanyImport:
    """Import for real the very file that was tried; what changed meanwhile is asked again row by row."""
    trial = CompanyImport.objects.get(pk=trial.pk, marketplace_id=actor.marketplace_id)
    check_import_tried(trial)
    try:
        stream = default_storage.open(trial.file, "rb")
    except FileNotFoundError:
        raise FileIsGone from None
    with stream:
        content: Any = stream.file
        return import_companies(
            name=trial.name, content=content, size=stream.size, is_trial=False, may_invite=may_invite, actor=actor,
            now=now, key=key, sender_id=trial.created_by_id,
        )  # fmt: skip


def _read(content: BinaryIO, *, may_invite: bool) -> tuple[list[CompanyRow], list[list[str | int]]]:
    """The rows of the file, as far as they are ours to read, and what it looks like."""
    content.seek(0)
    header = read_header(content, known=COLUMNS, required=REQUIRED, aliases=ALIASES)
    columns = header.columns
    if not may_invite and not set(PEOPLE).isdisjoint(columns):
        text = _("You may not add people. Leave out the columns %(columns)s.")
        raise InvalidInput(text % {"columns": ", ".join(PEOPLE)}, field="file")
    found: list[CompanyRow] = []
    for record in records(content, offset=header.offset, delimiter=header.delimiter, row=header.row):
        if len(found) == MOST_ROWS:
            text = _("The file has more than %(most)s rows. Split it into smaller files.")
            raise InvalidInput(text % {"most": MOST_ROWS}, field="file")
        found.append(row_of(record, columns))
    return found, first_rows(content, header)


@transaction.atomic
def _carry_out(
    sent: CompanyImport,
    found: list[CompanyRow],
    sender_id: int | None,
    *,
    actor: Actor,
    now: datetime,
    key: str,
    body: list[object],
) -> CompanyImport:
    again = idempotency.claim(actor=actor, operation=OPERATION, key=key, body=body, now=now)
    if again:
        return CompanyImport.objects.get(pk=again.result["import_id"])
    if not sent.is_trial:
        take_turns(OPERATION, actor.marketplace_id)  # What two files add at once no lock of rows can hold.
    reading = Reading(found, actor=actor, sender_id=sender_id, is_trial=sent.is_trial)
    taken = reading.taken
    counts = Counter("added" if each.before is None else "changed" if each.changed else "same" for each in taken)
    sent.rows, sent.refused = len(found), len(reading.problems)
    sent.added, sent.changed, sent.same = counts["added"], counts["changed"], counts["same"]
    sent.invited = sum(each.invites is not None for each in taken)
    if not sent.is_trial:
        write_companies(taken, actor=actor, now=now)
        invite_people(taken, actor=actor, now=now)
    sent.save()
    problems = [_ProblemRow(sent.pk, row.row, row.text, text) for row, text in reading.problems]
    rows.insert(CompanyImportProblem, problems)
    audit.record(
        actor=actor, verb="companies.tried" if sent.is_trial else "companies.imported", obj=sent,
        after={"name": sent.name, "added": sent.added, "changed": sent.changed, "refused": sent.refused}, now=now,
    )  # fmt: skip
    idempotency.remember(actor=actor, operation=OPERATION, key=key, result={"import_id": sent.pk})
    return sent
