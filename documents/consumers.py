"""What the documents app does about events: an issued document gets its PDF, a voided one its void copy."""

from collections.abc import Callable
from datetime import datetime

from core import outbox
from core.models import OutboxJob
from documents import kinds, making
from documents.kinds import DocumentKind
from documents.making import Wanted
from documents.models import DocumentJob, Purpose

MAKE = "documents.make_pdf"
LIMIT = 45
"""Seconds; more than the renderer's wall time and the storing after it."""
REQUESTED = "document.requested"
"""Asks for a PDF once more; its payload names kind, document and purpose."""


def _listen(kind: DocumentKind) -> None:
    for topic, purpose in ((kind.issued, Purpose.ORIGINAL), (kind.voided, Purpose.VOID_COPY)):
        _register(topic, _reader(kind, purpose))


def _reader(kind: DocumentKind, purpose: str) -> Callable[[OutboxJob], Wanted]:
    def read(job: OutboxJob) -> Wanted:
        return Wanted(job.marketplace_id, kind.name, int(job.payload[kind.id_key]), purpose)

    return read


def _requested(job: OutboxJob) -> Wanted:
    payload = job.payload
    return Wanted(job.marketplace_id, payload["kind"], int(payload["document_id"]), payload["purpose"])


def _register(topic: str, read: Callable[[OutboxJob], Wanted]) -> None:
    def make(job: OutboxJob, _now: datetime) -> outbox.Recorder:
        return making.make(read(job), as_of=job.at)

    def give_up(job: OutboxJob, reason: str, _now: datetime) -> None:
        making.set_state(read(job), DocumentJob.State.FAILED, reason)

    outbox.register(
        outbox.Handler(
            topic=topic, name=MAKE, run=make, kind="outside", limit=LIMIT, queue="documents", on_dead=give_up
        )
    )


_register(REQUESTED, _requested)
kinds.on_register(_listen)
