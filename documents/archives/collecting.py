"""Collects the originals of many documents for one archive, and says of each that has none why."""

import logging
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from companies.members import Member
from documents.archives.zipping import Entry, Failure
from documents.domain.kinds import DocumentKind
from documents.models import StoredDocument
from documents.operations import making
from documents.storage.reading import Damaged, proved

CHUNK = 100
"""Documents whose rights, rows and figures are read together."""

log = logging.getLogger(__name__)


def entries(kind: DocumentKind, ids: Sequence[int], member: Member) -> Iterator[Entry | Failure]:
    """The originals one after another; what has none says why. Made on the way, where they must be."""
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        seen = kind.visible_among(some, member)
        shown = [pk for pk in some if pk in seen]
        yield from _originals(kind, shown, member)
        if hidden := len(some) - len(shown):
            yield Failure(str(hidden), _("You can no longer view these documents."))


def _originals(kind: DocumentKind, ids: Sequence[int], member: Member) -> Iterator[Entry | Failure]:
    found = making.originals(marketplace_id=member.marketplace.pk, kind=kind.name, document_ids=ids)
    waiting = set(ids)
    try:
        for document_id, original in found:
            waiting.discard(document_id)
            yield _entry(kind, document_id, original)
    except OSError:
        log.exception("originals of %s could not be stored for a ZIP", kind.name)
        for document_id in sorted(waiting):
            yield Failure(_label(kind, document_id), _("The PDF could not be stored. Please try again later."))


def _entry(kind: DocumentKind, document_id: int, original: StoredDocument | Exception) -> Entry | Failure:
    if isinstance(original, making.NotIssued):
        return Failure(_label(kind, document_id), _("It has not been issued."))
    if not isinstance(original, StoredDocument):
        return Failure(_label(kind, document_id), str(original))
    try:
        return Entry(original.file_name, proved(original))
    except Damaged:
        return Failure(
            original.file_name, _("The stored file does not match its record. Please contact your operator.")
        )
    except OSError:
        log.exception("stored document %s cannot be read for a ZIP", original.pk)
        return Failure(original.file_name, _("The stored file can't be read right now. Please try again later."))


def _label(kind: DocumentKind, document_id: int) -> str:
    """What people call it: the number, or its place here."""
    content = kind.contents([document_id]).get(document_id)
    return (content and content["number"]) or f"{kind.label} {document_id}"
