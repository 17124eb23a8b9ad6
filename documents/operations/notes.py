"""What people note about an issued document, in words and files; a note is struck with a reason, never changed."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, idempotency, rows
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.errors import InvalidInput, Missing, Refusal
from documents.domain import kinds
from documents.domain.notes import LONGEST_NOTE, MOST_NOTES, FileRefused, known
from documents.models import DocumentNote
from documents.storage.stores import document_storage

PERMISSION = "documents.note"
_FILE = {
    "large": _("The file is larger than 5 MB."),
    "empty": _("The file is empty."),
    "unknown": _("Only PDF, PNG, JPEG and plain text (UTF-8) are kept. This file is none of them."),
}


class NotIssuedYet(Refusal):
    """Drafts have an internal note of their own, that can still be changed."""

    code = "note_not_issued"
    text = _("Notes are added once the document is issued.")


class NothingNoted(Refusal):
    """Neither words nor a file."""

    code = "note_empty"
    text = _("Write a note or choose a file.")


class TooManyNotes(Refusal):
    """A document has so many notes at most."""

    code = "notes_full"
    text = _("This document already has %(n)s notes and files. No more can be added.")


class FileNotStored(Refusal):
    """The storage takes nothing right now."""

    code = "note_file_not_stored"
    text = _("The file could not be stored. Please try again later.")


class StruckAlready(Refusal):
    """Somebody was quicker."""

    code = "note_struck"
    text = _("This note has already been struck.")


class _StrikeRow(NamedTuple):
    marketplace_id: int
    kind: str
    document_id: int
    text: str
    file_name: str
    media_type: str
    sha256: str
    size: int
    stored: str
    strikes_id: int
    created_at: datetime
    created_by_id: int


def check_note(*, kind: str, document_id: int, actor: Actor) -> Any:
    """Ask the guards that words and file don't decide, and give the document: it is issued, and has room for more."""
    inside = kinds.kind_called(kind).documents().filter(pk=document_id, marketplace_id=actor.marketplace_id)
    document = inside.first()
    if document is None:
        raise Missing
    if document.number is None:
        raise NotIssuedYet
    own = DocumentNote.objects.filter(marketplace_id=actor.marketplace_id, kind=kind, document_id=document_id)
    if own.filter(strikes__isnull=True).count() >= MOST_NOTES:
        raise TooManyNotes(n=MOST_NOTES)
    return document


def add(
    *,
    kind: str,
    document_id: int,
    text: str,
    actor: Actor,
    now: datetime,
    key: str | None,
    content: bytes = b"",
    file_name: str = "",
) -> DocumentNote:
    """Keep words, a file or both: the bytes first, under their hash, then the row.

    ``file_name`` is what it was called; empty when there is no file. Raises NotIssuedYet, NothingNoted, TooManyNotes,
    FileNotStored, or InvalidInput with the field "text" or "file".
    """
    text = check_text(text, longest=LONGEST_NOTE, field="text")
    if not text and not file_name:
        raise NothingNoted(field="text")
    check_note(kind=kind, document_id=document_id, actor=actor)
    file = _stored(content, file_name, actor) if file_name else {}
    body = [kind, document_id, text, file_name, file.get("sha256", "")]
    with transaction.atomic():
        again = idempotency.claim(actor=actor, operation="documents.note", key=key, body=body, now=now)
        if again:
            return DocumentNote.objects.get(pk=again.result["note_id"])
        document = check_note(kind=kind, document_id=document_id, actor=actor)
        note = DocumentNote(
            marketplace_id=actor.marketplace_id, kind=kind, document_id=document_id, text=text, created_at=now,
            created_by_id=_person(actor), **file,
        )  # fmt: skip
        note.save(force_insert=True)
        told: dict[str, object] = {"file": note.file_name, "size": note.size} if note.size else {}
        audit.record(
            actor=actor, verb="documents.noted", kind=kind, object_id=document_id, company_id=document.payer_id,
            after=told, note=text, now=now,
        )  # fmt: skip
        idempotency.remember(actor=actor, operation="documents.note", key=key, result={"note_id": note.pk})
    return note


def _stored(content: bytes, file_name: str, actor: Actor) -> dict[str, Any]:
    """The columns of a file whose bytes are kept."""
    try:
        file = known(content, file_name)
    except FileRefused as error:
        raise InvalidInput(str(_FILE[error.code]), field="file") from error
    digest = hashlib.sha256(content).hexdigest()
    place = f"{actor.marketplace_id}/notes/{digest}{file.suffix}"
    try:
        stored = document_storage().save(place, ContentFile(content))
    except OSError as error:
        raise FileNotStored(field="file") from error
    return {
        "file_name": file.name, "media_type": file.media_type, "sha256": digest, "size": len(content), "stored": stored,
    }  # fmt: skip


def check_strike(note: DocumentNote) -> None:
    """Refuse what was struck already."""
    if DocumentNote.objects.filter(strikes_id=note.pk).exists():
        raise StruckAlready


@transaction.atomic
def strike(*, note: DocumentNote, reason: str, actor: Actor, now: datetime) -> DocumentNote:
    """Strike a note or file with a reason: it stays in the list, crossed out, and its file is given out no more.

    Raises StruckAlready; of two at once one does it.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    inside = DocumentNote.objects.filter(marketplace_id=actor.marketplace_id, strikes__isnull=True)
    found = inside.filter(pk=note.pk).first()
    if found is None:
        raise Missing
    check_strike(found)
    row = _StrikeRow(
        marketplace_id=found.marketplace_id,
        kind=found.kind,
        document_id=found.document_id,
        text=reason,
        file_name="",
        media_type="",
        sha256="",
        size=0,
        stored="",
        strikes_id=found.pk,
        created_at=now,
        created_by_id=_person(actor),
    )
    if not rows.insert(DocumentNote, [row], ignore_conflicts=True):
        raise StruckAlready
    document = kinds.kind_called(found.kind).documents().get(pk=found.document_id)
    audit.record(
        actor=actor, verb="documents.note_struck", kind=found.kind, object_id=found.document_id,
        company_id=document.payer_id, note=reason, now=now,
        before={"text": found.text, "file": found.file_name} if found.size else {"text": found.text},
    )  # fmt: skip
    return found


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise RuntimeError("only a person notes anything")
    return actor.user_id
