"""What the documents app does about events: a document that somebody waits for gets its PDF, a voided one its copy."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from django.utils.translation import gettext_lazy as _

from core import outbox, things
from core.models import OutboxJob
from documents.domain import kinds
from documents.domain.kinds import DocumentKind
from documents.models import DocumentArchive, DocumentJob, Purpose
from documents.operations import archives, making
from documents.operations.making import Wanted
from documents.renderer.confinement import CPU
from documents.renderer.rendering import LONGEST, WALLS

MAKE = "documents.make_pdf"
STORING = 15
"""Seconds beside what the renderer may take."""
LIMIT = WALLS * CPU + STORING
"""Seconds for a document without lines; one with many asks for more."""
LONGEST_RUN = LONGEST + STORING
BATCH = 50
"""Documents that a worker gets at once and reads together."""
REQUESTED = "document.requested"
"""Asks for a PDF once more; its payload names kind, document, purpose and why."""


def register(kind: DocumentKind) -> None:
    """Make a kind of document known, and let its PDFs follow its issue and its void; from its app's ``ready``."""
    kinds.add(kind)
    number = things.column(kind.documents(), "number") if kind.prefix_setting else None
    things.register(things.Thing(kind.name, kind.label, name=number, page=kind.page))
    _register(kind.issued, _reader(kind, Purpose.ORIGINAL), kind.is_waited_for)
    _register(kind.voided, _reader(kind, Purpose.VOID_COPY))


def register_all() -> None:
    """What is done about this app's own events: PDFs that are asked for once more, and archives."""
    _register(REQUESTED, _requested)
    outbox.register(
        outbox.Handler(
            archives.TURN,
            "documents.make_archive",
            make_archive,
            kind="outside",
            limit=LIMIT,
            queue="documents",
            on_dead=_archive_broke,
            label=_("Collect PDFs for a download"),
            longest=LONGEST_RUN,
        )
    )


def _reader(kind: DocumentKind, purpose: str) -> Callable[[OutboxJob], Wanted]:
    def read(job: OutboxJob) -> Wanted:
        return Wanted(job.marketplace_id, kind.name, int(job.payload[kind.id_key]), purpose)

    return read


def _requested(job: OutboxJob) -> Wanted:
    payload = job.payload
    document_id, reason = int(payload["document_id"]), payload.get("reason", "")
    return Wanted(job.marketplace_id, payload["kind"], document_id, payload["purpose"], reason)


def _register(topic: str, read: Callable[[OutboxJob], Wanted], is_wanted: Callable[[int], bool] | None = None) -> None:
    def make(job: OutboxJob, _now: datetime, ahead: making.Ahead | None = None) -> outbox.Recorder:
        ahead = ahead or making.look_ahead([read(job)])
        needed = ahead.seconds(wanted := read(job)) + STORING
        if needed > LIMIT:
            outbox.prolong(job, needed)
        return making.make(wanted, as_of=job.at, ahead=ahead, bulk=job.bulk)

    def together(jobs: Sequence[OutboxJob]) -> outbox.Work:
        return partial(make, ahead=making.look_ahead([read(job) for job in jobs]))

    def give_up(job: OutboxJob, reason: str, _now: datetime) -> None:
        making.set_state(read(job), DocumentJob.State.FAILED, reason)

    outbox.register(
        outbox.Handler(
            topic,
            MAKE,
            make,
            kind="outside",
            limit=LIMIT,
            queue="documents",
            on_dead=give_up,
            label=_("Create a PDF"),
            wanted=is_wanted,
            batch=BATCH,
            together=together,
            longest=LONGEST_RUN,
        )
    )


def _archive_broke(job: OutboxJob, reason: str, now: datetime) -> None:
    archives.break_off(int(job.payload["archive_id"]), reason=reason, now=now)


def make_archive(job: OutboxJob, now: datetime) -> outbox.Recorder | None:
    """Make some of an archive's PDFs, then let another turn follow."""
    archive = DocumentArchive.objects.filter(pk=job.payload["archive_id"], finished_at=None).first()
    if archive is None:
        return None
    try:
        is_more = archives.work(archive, now=now)
    except archives.NoLongerAllowed as error:
        raise outbox.Permanent(str(error)) from error
    turn = int(job.payload["turn"]) + 1
    return lambda: archives.publish_turn(archive, turn, now) if is_more else archives.finish(archive, now)
