"""The relay: finds due jobs, takes a lease on them, commits, and only then hands their ids to the broker (ADR 3).

A lease that ends without the job being taken up is simply due again. That one rule covers a broker that was flushed
or forgot, a worker that died, and a relay that died between its commit and its message.
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.db.models import Count, F

from core import outbox, request_ids, restoring, signs_of_life
from core.clock import database_now
from core.models import OutboxJob
from core.models.outbox import OutboxJobQuerySet

IDLE = 0.1
"""Seconds between two looks when there is nothing to do."""
BATCH = 50
"""Jobs leased in one transaction."""
WINDOW = 500
"""Jobs of one queue in the broker's hands at once; the rest waits in the database, where nothing is lost."""
LEASE = 5
"""Seconds until a job that was handed out and not taken up is handed out again; doubled each time."""
LONGEST_LEASE = 120
"""Seconds."""
REST = 1.0
"""Seconds without a try after the broker or the database was not there."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Handout:
    """One leased job, as the broker is told of it. ``attempts`` counts earlier runs, which failed or broke off."""

    job_id: int
    topic: str
    handler: str
    handed: int
    attempts: int = 0
    request_id: str = ""


class BrokerDown(Exception):
    """The broker took some or none of the jobs; ``unsent`` are those that it did not confirm."""

    def __init__(self, reason: str, unsent: Sequence[Handout]) -> None:
        self.unsent = list(unsent)
        super().__init__(reason)


Send = Callable[[Sequence[Handout]], None]
"""Hands jobs to the broker, or raises BrokerDown; never waits longer than its socket timeout."""


def lease_for(handed: int) -> timedelta:
    """How long the n-th hand-out of a job may take to be taken up: 5 s, 10 s, 20 s ... at most two minutes."""
    return timedelta(seconds=min(LEASE * 2 ** max(handed - 1, 0), LONGEST_LEASE))


def lease(limit: int = BATCH) -> list[Handout]:
    """Take the first due jobs for ourselves, what is not bulk before what is, each the oldest first.

    A queue that has its window full gets no more, and holds up none of the others. Looks first without a transaction,
    so that idling locks nothing.
    """
    at = database_now()
    due = _may_go(is_held=restoring.is_held())
    if not due.due(at).exists():
        return []
    held = _in_flight(at)
    full = [queue for queue, count in held.items() if count >= WINDOW]
    with transaction.atomic(durable=True):
        return _take(due, limit, held, outbox.names_in(full), database_now())


def _may_go(*, is_held: bool) -> OutboxJobQuerySet:
    """The jobs that may be handed out: in a restored copy that nobody has released, none that leaves it."""
    jobs = OutboxJob.objects.all()
    return jobs.exclude(handler__in=outbox.names_that_leave()) if is_held else jobs


def _in_flight(at: datetime) -> Counter[str]:
    """How many jobs of each queue the broker has."""
    held: Counter[str] = Counter()
    counts = OutboxJob.objects.in_flight(at).values_list("topic", "handler").annotate(count=Count("pk"))
    for topic, name, count in counts:
        held[outbox.queue_of(topic, name)] += count
    return held


def _take(
    jobs_of: OutboxJobQuerySet, limit: int, held: Counter[str], but: Sequence[str], at: datetime
) -> list[Handout]:
    skip = connection.features.has_select_for_update_skip_locked
    due = jobs_of.due(at).exclude(handler__in=but).order_by("bulk", "next_at", "id")
    rows = due.only("id", "topic", "handler", "handed", "attempts", "request_id")
    jobs = []
    for job in rows.select_for_update(skip_locked=skip, of=("self",) if skip else ())[:limit]:
        queue = outbox.queue_of(job.topic, job.handler)
        if held[queue] < WINDOW:
            held[queue] += 1
            jobs.append(job)
    for handed in {job.handed for job in jobs}:
        OutboxJob.objects.filter(pk__in=[job.pk for job in jobs if job.handed == handed]).update(
            handed=handed + 1, token=None, next_at=at + lease_for(handed + 1)
        )
    return [Handout(job.pk, job.topic, job.handler, job.handed + 1, job.attempts, job.request_id) for job in jobs]


def give_back(handouts: Sequence[Handout]) -> None:
    """Make unconfirmed jobs due again, unless somebody has taken them up meanwhile; a second message does no harm."""
    at = database_now()
    for handed in {handout.handed for handout in handouts}:
        ids = [handout.job_id for handout in handouts if handout.handed == handed]
        rows = OutboxJob.objects.open().filter(pk__in=ids, handed=handed, token__isnull=True)
        rows.update(handed=F("handed") - 1, next_at=at)


def _tell(handouts: Sequence[Handout]) -> None:
    """A line for each request and handler: how many of its jobs went to the broker."""
    counts = Counter((handout.request_id, handout.handler) for handout in handouts)
    for (request_id, handler), jobs in counts.items():
        with request_ids.working_for(request_id):
            log.info("handed out", extra={"handler": handler, "jobs": jobs})


class Relay:
    """The loop around ``lease``, a way to send and one to say that it lives; ``stop`` ends it after a step."""

    def __init__(self, send: Send, beat: Callable[[], None] = lambda: None) -> None:
        self._send = send
        self._beat = beat
        self._next_beat = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask the loop to end; safe to call from a signal handler."""
        self._stopped.set()

    def step(self) -> int:
        """Hand out what is due, at most one batch; how many jobs left. Raises BrokerDown after giving back the rest."""
        handouts = lease()
        if handouts:
            try:
                self._send(handouts)
            except BrokerDown as down:
                give_back(down.unsent)
                raise
            _tell(handouts)
        return len(handouts)

    def _give_sign(self) -> None:
        """Now and then a sign of life. Raises BrokerDown; that the broker is down does not make it any sooner."""
        if time.monotonic() >= self._next_beat:
            self._next_beat = time.monotonic() + signs_of_life.EVERY.total_seconds()
            self._beat()

    def run(self) -> None:
        """Work until stopped, whatever happens to the broker and the database meanwhile."""
        was_down = ""
        while not self._stopped.is_set():
            try:
                self._give_sign()
                wait = 0.0 if self.step() else IDLE
                was_down = ""
            except (BrokerDown, DatabaseError, InterfaceError) as error:
                if str(error) != was_down:
                    log.warning("the relay waits: %s", error)
                was_down = str(error)
                if not isinstance(error, BrokerDown):
                    connection.close()
                wait = REST
            if wait:
                self._stopped.wait(wait)
