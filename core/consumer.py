"""Runs one job: takes it up, does what its handler does, and closes it (ADR 3).

Whoever calls this may call it twice or too late: a job that is done, dead, waiting or in other hands is left alone.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Q

from core import outbox
from core.clock import database_now
from core.models import OutboxJob

ATTEMPTS = 12
"""A job that failed this often is dead until a person runs it again."""
PAUSE = 5
"""Seconds before the second attempt; each further pause is twice as long."""
LONGEST_PAUSE = 3600
"""Seconds; a server that is down all night is asked once an hour."""
GRACE = 15
"""Seconds by which a lease outlives the time limit of its handler."""

LONGEST_TEXT = 4000
"""Characters of a failure that are kept."""

log = logging.getLogger(__name__)


class LostLease(Exception):
    """The job was handed to another run while this one worked: what this one would record is void."""


@dataclass(frozen=True, slots=True)
class _Failure:
    text: str
    final: bool


def pause_after(attempts: int) -> timedelta:
    """How long a job rests after its n-th failure: 5 s, 10 s, 20 s ... at most an hour."""
    return timedelta(seconds=min(PAUSE * 2 ** max(attempts - 1, 0), LONGEST_PAUSE))


def run(job_id: int, now: datetime | None = None) -> bool:
    """Run the job if it is ours to run; whether it was closed as done by this call. ``now`` is for tests."""
    job = OutboxJob.objects.open().filter(pk=job_id).first()
    if job is None:
        return False
    handler = outbox.handler_of(job.topic, job.handler)
    if handler is None:
        _fail(job.pk, None, _Failure(f"no handler is called {job.handler} for {job.topic}", final=False), None)
        return False
    work = _run_database if handler.kind == "database" else _run_outside
    return work(job_id, handler, now)


def _run_database(job_id: int, handler: outbox.Handler, now: datetime | None) -> bool:
    try:
        with transaction.atomic(durable=True):
            job = _take(job_id, handler)
            if job is None:
                return False
            handler.run(job, now or database_now())
            OutboxJob.objects.filter(pk=job_id).update(
                done_at=database_now(), attempts=F("attempts") + 1, last_error=""
            )
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded and tried again
        _fail(job_id, None, _failure(error), handler)
        return False
    return True


def _run_outside(job_id: int, handler: outbox.Handler, now: datetime | None) -> bool:
    token = uuid.uuid4()
    with transaction.atomic(durable=True):
        job = _take(job_id, handler)
        if job is None:
            return False
        job.attempts += 1
        job.handed = 0
        job.token = token
        job.next_at = database_now() + timedelta(seconds=handler.limit + GRACE)
        job.save(update_fields=["attempts", "handed", "token", "next_at"])
    try:
        record = handler.run(job, now or database_now())
        with transaction.atomic(durable=True):
            _close(job_id, token)
            if record is not None:
                record()
    except LostLease:
        log.warning("job %s was handed out again while it ran; its result is dropped", job_id)
        return False
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded and tried again
        _fail(job_id, token, _failure(error), handler)
        return False
    return True


def _take(job_id: int, handler: outbox.Handler) -> OutboxJob | None:
    """Lock the job if it may run now: handed to us and not yet taken up, or due. Buries it after its last attempt."""
    skip = connection.features.has_select_for_update_skip_locked
    at = database_now()
    may_run = Q(next_at__lte=at) | Q(handed__gt=0, token__isnull=True)
    jobs = OutboxJob.objects.open().filter(may_run, pk=job_id)
    job = jobs.select_for_update(skip_locked=skip, of=("self",) if skip else ()).first()
    if job is not None and job.attempts >= ATTEMPTS:
        _bury(job, handler, job.last_error or "the run was broken off each time")
        return None
    return job


def _close(job_id: int, token: uuid.UUID) -> None:
    mine = OutboxJob.objects.open().filter(pk=job_id, token=token)
    if not mine.update(done_at=database_now(), token=None, last_error=""):
        raise LostLease


def _failure(error: Exception) -> _Failure:
    expected = isinstance(error, outbox.Permanent | outbox.TryLater)
    if not expected:
        log.warning("a job failed: %s", error, exc_info=error)
    text = str(error) if expected else f"{type(error).__name__}: {error}"
    return _Failure(text.replace("\0", "")[:LONGEST_TEXT], final=isinstance(error, outbox.Permanent))


def _fail(job_id: int, token: uuid.UUID | None, failure: _Failure, handler: outbox.Handler | None) -> None:
    """Write down why a run failed and let the job rest, or give it up; nothing when it is no longer ours."""
    with transaction.atomic(durable=True):
        rows = OutboxJob.objects.open().filter(pk=job_id)
        rows = rows.filter(token=token) if token else rows.filter(token__isnull=True)
        job = rows.select_for_update().first()
        if job is None:
            return
        job.attempts += 0 if token else 1  # an outside run counted itself when it began
        if failure.final or job.attempts >= ATTEMPTS:
            _bury(job, handler, failure.text)
            return
        job.handed = 0
        job.token = None
        job.next_at = database_now() + pause_after(job.attempts)
        job.last_error = failure.text
        job.save(update_fields=["attempts", "handed", "token", "next_at", "last_error"])


def _bury(job: OutboxJob, handler: outbox.Handler | None, reason: str) -> None:
    job.dead_at = database_now()
    job.token = None
    job.last_error = reason
    job.save(update_fields=["attempts", "dead_at", "token", "last_error"])
    log.error("job %s (%s) is given up: %s", job.pk, job, reason)
    if handler is None or handler.on_dead is None:
        return
    try:
        with transaction.atomic():
            handler.on_dead(job, reason, database_now())
    except Exception:
        log.exception("job %s is given up, and telling so failed", job.pk)
