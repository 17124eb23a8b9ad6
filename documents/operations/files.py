"""What people do with PDFs: have a failed one made again, or one more version of a stored one."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal
from core.ids import uuid7
from core.locking import lock
from documents.models import DocumentJob, StoredDocument


class NothingFailed(Refusal):
    """The PDF is there, or already on its way."""

    code = "document_not_failed"
    text = _("This PDF has not failed; there is nothing to try again.")


class StillBeingMade(Refusal):
    """Another version is on its way."""

    code = "document_being_made"
    text = _("This PDF is being created right now. Please look at it first.")


@transaction.atomic
def try_again(*, kind: str, document_id: int, purpose: str, actor: Actor, now: datetime) -> DocumentJob:
    """Queue a failed PDF once more. Raises NothingFailed."""
    job = _locked(kind=kind, document_id=document_id, purpose=purpose, actor=actor)
    if job is None or job.state != DocumentJob.State.FAILED:
        raise NothingFailed
    reason, job.state, job.reason, job.updated_at = job.reason, DocumentJob.State.QUEUED, "", now
    job.save(update_fields=["state", "reason", "updated_at"])
    audit.record(
        actor=actor,
        verb="documents.try_again",
        now=now,
        kind=kind,
        object_id=document_id,
        before={"reason": reason},
        after={"purpose": purpose},
    )
    _request(job, now)
    return job


def check_regenerate(stored: StoredDocument, *, actor: Actor) -> None:
    """Ask the guard of asking for one more version: none is on its way."""
    _at_rest(_jobs(kind=stored.kind, document_id=stored.document_id, purpose=stored.purpose, actor=actor).first())


@transaction.atomic
def regenerate(*, stored: StoredDocument, reason: str, actor: Actor, now: datetime) -> DocumentJob:
    """Ask for one more version of a stored PDF, from the same frozen figures; the earlier ones stay as they are.

    Raises StillBeingMade while another is on its way.
    """
    job = _at_rest(_locked(kind=stored.kind, document_id=stored.document_id, purpose=stored.purpose, actor=actor))
    job.state, job.reason, job.version_reason, job.updated_at = DocumentJob.State.QUEUED, "", reason, now
    job.save(update_fields=["state", "reason", "version_reason", "updated_at"])
    audit.record(
        actor=actor,
        verb="documents.regenerated",
        now=now,
        kind=stored.kind,
        object_id=stored.document_id,
        after={"purpose": stored.purpose},
        note=reason,
    )
    _request(job, now)
    return job


def _jobs(*, kind: str, document_id: int, purpose: str, actor: Actor) -> QuerySet[DocumentJob]:
    rows = DocumentJob.objects.filter(kind=kind, document_id=document_id, purpose=purpose)
    return rows.filter(marketplace_id=actor.marketplace_id)


def _locked(*, kind: str, document_id: int, purpose: str, actor: Actor) -> DocumentJob | None:
    return next(iter(lock(_jobs(kind=kind, document_id=document_id, purpose=purpose, actor=actor))), None)


def _at_rest(job: DocumentJob | None) -> DocumentJob:
    if job is None or job.state in {DocumentJob.State.QUEUED, DocumentJob.State.WORKING}:
        raise StillBeingMade
    return job


def _request(job: DocumentJob, now: datetime) -> None:
    outbox.publish(
        topic="document.requested",
        key=f"{job.kind}:{job.document_id}:{job.purpose}:{uuid7()}",
        marketplace_id=job.marketplace_id,
        payload={
            "kind": job.kind,
            "document_id": job.document_id,
            "purpose": job.purpose,
            "reason": job.version_reason,
        },
        now=now,
    )
