"""Runs jobs: takes them up, does what their handler does, and closes each (ADR 3).

Whoever calls this may call it twice or too late: a job that is done, dead, waiting or in other hands is left alone.
"""

import logging
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import connection, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from core import metrics, outbox, request_ids, restoring
from core.clock import database_now
from core.models import OutboxJob
from core.spelling import spellings

ATTEMPTS = 12
"""A job that failed this often is dead until a person runs it again."""
PAUSE = 5
"""Seconds before the second attempt; each further pause is twice as long."""
LONGEST_PAUSE = 3600
"""Seconds; a server that is down all night is asked once an hour."""
GRACE = 15
"""Seconds by which a lease outlives the time limit of its handler."""
TURN = 15
"""Seconds after which jobs that were taken up together are begun no more; the rest is handed out again."""

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
    return _told(job, partial(_run, job, now))


def _told(job: OutboxJob, work: Callable[[], bool]) -> bool:
    """Do a job's work for the request that it began with, and write a line about it."""
    with request_ids.working_for(job.request_id):
        began = time.perf_counter()
        done = work()
        facts = {"job": job.pk, "handler": job.handler, "topic": job.topic, "key": job.key}
        seconds = round(time.perf_counter() - began, 3)
        log.info("job done" if done else "job not done", extra={**facts, "seconds": seconds})
        metrics.JOB_SECONDS.labels(job.handler, "done" if done else "not done").observe(seconds)
    return done


def _run(job: OutboxJob, now: datetime | None) -> bool:
    handler = outbox.handler_of(job.topic, job.handler)
    if handler is None:
        _fail(job.pk, None, _Failure(f"no handler is called {job.handler} for {job.topic}", final=False), None)
        return False
    if handler.leaves and restoring.is_held():
        return False
    work = _run_database if handler.kind == "database" else _run_outside
    return work(job.pk, handler, now)


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
    return _perform(job, token, handler, handler.run, now)


def run_together(job_ids: Sequence[int], now: datetime | None = None) -> int:
    """Run jobs of one outside handler one after another; how many were closed as done by this call.

    They are taken up together, under one lease that holds for all the time that this may take, so that nobody else is
    given them meanwhile. What has not begun after ``TURN`` seconds is given back as if it had not been taken.
    """
    job = OutboxJob.objects.open().filter(pk__in=job_ids).order_by("pk").first()
    handler = outbox.handler_of(job.topic, job.handler) if job else None
    if handler is None or handler.batch == 1:
        return sum(run(job_id, now) for job_id in job_ids)
    if restoring.is_held():
        return 0
    token, end, done, now = uuid.uuid4(), time.monotonic() + TURN, 0, now or database_now()
    jobs = _take_together(job_ids, token, handler)
    with outbox.asking_once():
        work = _work_of(handler, jobs)
        for at, job in enumerate(jobs):
            if time.monotonic() > end:
                _give_back(jobs[at:], token)
                break
            done += _told(job, partial(_perform, job, token, handler, work, now))
    return done


def _work_of(handler: outbox.Handler, jobs: Sequence[OutboxJob]) -> outbox.Work:
    """What is done for each; when they can't be prepared together, each is run for itself and says why."""
    if handler.together is None or not jobs:
        return handler.run
    try:
        return handler.together(jobs)
    except Exception as error:  # one job that can't be read must not fail the others
        log.warning("%s jobs of %s are run apart: %s", len(jobs), handler.name, error, exc_info=error)
        return handler.run


def _perform(
    job: OutboxJob, token: uuid.UUID, handler: outbox.Handler, work: outbox.Work, now: datetime | None
) -> bool:
    """Do what a job of ours asks with no transaction open, then close it together with what it records."""
    try:
        record = work(job, now or database_now())
        with transaction.atomic(durable=True):
            _close(job.pk, token)
            if record is not None:
                record()
    except LostLease:
        log.warning("job %s was handed out again while it ran; its result is dropped", job.pk)
        return False
    except Exception as error:  # noqa: BLE001 - whatever a handler raises is recorded and tried again
        _fail(job.pk, token, _failure(error), handler)
        return False
    return True


def _may_run(at: datetime) -> Q:
    """Handed to us and not yet taken up, or due."""
    return Q(next_at__lte=at) | Q(handed__gt=0, token__isnull=True)


def _take_together(job_ids: Sequence[int], token: uuid.UUID, handler: outbox.Handler) -> list[OutboxJob]:
    """Take up those of the jobs that may run now and are the handler's; ``_take`` for many, in two statements."""
    skip = connection.features.has_select_for_update_skip_locked
    with transaction.atomic(durable=True):
        at = database_now()
        mine = OutboxJob.objects.open().filter(handler=handler.name, pk__in=job_ids)
        mine = mine.filter(topic__in=spellings(handler.topic))
        rows = mine.filter(_may_run(at), attempts__lt=ATTEMPTS).order_by("pk")
        jobs = list(rows.select_for_update(skip_locked=skip, of=("self",) if skip else ()))
        lease = timedelta(seconds=handler.limit + TURN + GRACE)
        OutboxJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
            attempts=F("attempts") + 1, handed=0, token=token, next_at=at + lease
        )
    for job in jobs:
        job.token = token
    return jobs


def _give_back(jobs: Sequence[OutboxJob], token: uuid.UUID) -> None:
    mine = OutboxJob.objects.open().filter(pk__in=[job.pk for job in jobs], token=token)
    mine.update(attempts=F("attempts") - 1, token=None, next_at=database_now())


def _take(job_id: int, handler: outbox.Handler) -> OutboxJob | None:
    """Lock the job if it may run now: handed to us and not yet taken up, or due. Buries it after its last attempt."""
    skip = connection.features.has_select_for_update_skip_locked
    jobs = OutboxJob.objects.open().filter(_may_run(database_now()), pk=job_id)
    job = jobs.select_for_update(skip_locked=skip, of=("self",) if skip else ()).first()
    if job is not None and job.attempts >= ATTEMPTS:
        _bury(job, handler, job.last_error or "the run was broken off each time")
        return None
    return job


def _close(job_id: int, token: uuid.UUID) -> None:
    mine = OutboxJob.objects.open().filter(pk=job_id, token=token)
    if not mine.update(done_at=Now(), token=None, last_error=""):
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


def give_up(jobs: QuerySet[OutboxJob], reason: str) -> int:
    """Give these open jobs up without running them, as after their last attempt; returns how many there were."""
    given_up = 0
    for job_id in list(jobs.values_list("pk", flat=True)):
        with transaction.atomic(durable=True):
            job = OutboxJob.objects.open().filter(pk=job_id).select_for_update().first()
            if job is not None:
                _bury(job, outbox.handler_of(job.topic, job.handler), reason)
                given_up += 1
    return given_up


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
