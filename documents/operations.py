"""What people do with PDFs: have a failed one made again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal
from core.ids import uuid7
from core.locking import lock
from documents.models import DocumentJob


class NothingFailed(Refusal):
    """The PDF is there, or already on its way."""

    code = "document_not_failed"
    text = _("This PDF has not failed; there is nothing to try again.")


@transaction.atomic
def try_again(*, kind: str, document_id: int, purpose: str, actor: Actor, now: datetime) -> DocumentJob:
    """Queue a failed PDF once more. Raises NothingFailed."""
    jobs = lock(
        DocumentJob.objects.filter(
            marketplace_id=actor.marketplace_id, kind=kind, document_id=document_id, purpose=purpose
        )
    )
    if not jobs or jobs[0].state != DocumentJob.State.FAILED:
        raise NothingFailed
    (job,) = jobs
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
    outbox.publish(
        topic="document.requested",
        key=f"{kind}:{document_id}:{purpose}:{uuid7()}",
        marketplace_id=actor.marketplace_id,
        payload={"kind": kind, "document_id": document_id, "purpose": purpose},
        now=now,
    )
    return job
