"""Archives of PDFs: what somebody asks for, and a turn of the work on it."""

import time
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from companies.members import Member
from companies.models import Membership
from core import audit, outbox
from documents.domain import kinds
from documents.models import DocumentArchive, StoredDocument
from documents.models.archive import KEPT
from documents.operations import making

TURN = "documents.archive.turn"
SECONDS = 10
"""How long a turn makes PDFs before others have theirs made."""
CHUNK = 50
"""Documents that are looked at together."""


class NoLongerAllowed(Exception):
    """The person may not have these PDFs any more."""


@transaction.atomic
def request(*, member: Member, kind: str, document_ids: Sequence[int], now: datetime) -> DocumentArchive:
    """Let the originals of these documents be made for the member to take away; what has expired goes."""
    expired(now).delete()
    archive = DocumentArchive.objects.create(
        marketplace=member.marketplace,
        company=member.company,
        requested_by=member.user,
        kind=kind,
        document_ids=list(document_ids),
        total=len(document_ids),
        created_at=now,
        expires_at=now + KEPT,
    )
    audit.record(
        actor=member.actor, verb="documents.archive_requested", now=now, obj=archive, after={"documents": archive.total}
    )
    publish_turn(archive, 1, now)
    return archive


def expired(now: datetime) -> QuerySet[DocumentArchive]:
    """Those that can't be taken away any more."""
    return DocumentArchive.objects.filter(expires_at__lte=now)


def publish_turn(archive: DocumentArchive, turn: int, now: datetime) -> None:
    """Let a turn follow; bulk work, that keeps nobody waiting."""
    outbox.publish(
        topic=TURN,
        key=f"archive:{archive.pk}:{turn}",
        marketplace_id=archive.marketplace_id,
        payload={"archive_id": archive.pk, "turn": turn},
        now=now,
        bulk=True,
    )


def work(archive: DocumentArchive, *, now: datetime, seconds: float = SECONDS) -> bool:
    """Make originals for some seconds, from where the last turn ended; whether there is more to do.

    Progress is written as it is made, so that whoever comes after a broken turn goes on there. Raises OSError and
    NoLongerAllowed.
    """
    member, end = requester_of(archive), time.monotonic() + seconds
    archive.state = DocumentArchive.State.WORKING
    archive.began_at = archive.began_at or now
    while archive.left and time.monotonic() < end:
        for _document in _next_chunk(archive, member):
            _save(archive)
            if time.monotonic() >= end:
                break
        _save(archive)
    return archive.left > 0


def finish(archive: DocumentArchive, now: datetime) -> None:
    """All have been looked at: it can be taken away."""
    archive.state, archive.finished_at = DocumentArchive.State.READY, now
    archive.save(update_fields=["state", "finished_at"])


def break_off(archive_id: int, *, reason: str, now: datetime) -> None:
    """The work on it was given up."""
    rows = DocumentArchive.objects.filter(pk=archive_id)
    rows.update(state=DocumentArchive.State.FAILED, reason=reason, finished_at=now)


def requester_of(archive: DocumentArchive) -> Member:
    """The person as they are now. Raises NoLongerAllowed when they have left."""
    rows = Membership.objects.active().filter(user=archive.requested_by, company=archive.company)
    membership = rows.select_related("user", "company__marketplace").first()
    if membership is None or not membership.user.is_active:
        raise NoLongerAllowed(_("The person who requested it no longer belongs to this company."))
    return Member(membership)


def _next_chunk(archive: DocumentArchive, member: Member) -> Iterator[int]:
    """Make what the next documents lack, counting each in memory; those made here and now are told."""
    ids = archive.document_ids[archive.done : archive.done + CHUNK]
    seen = kinds.kind_called(archive.kind).visible_among(ids, member)
    found = making.originals(
        marketplace_id=archive.marketplace_id, kind=archive.kind, document_ids=[pk for pk in ids if pk in seen]
    )
    made = iter(found)
    for document_id in ids:
        if document_id not in seen:
            archive.failures.append([document_id, _("You can no longer view this document.")])
        else:
            _pk, original = next(made)
            if not isinstance(original, StoredDocument):
                archive.failures.append([document_id, str(original) or _("It has not been issued.")])
        archive.done += 1
        yield document_id


def _save(archive: DocumentArchive) -> None:
    archive.save(update_fields=["state", "began_at", "done", "failures"])
