"""Work after commit: events become job rows in the transaction that causes them (ADR 3).

What an app does about a topic stands in its ``handlers`` room, registered by plain calls from ``AppConfig.ready``::

    outbox.register(outbox.Handler("thing.made", "app.tell", tell, kind="outside", limit=45, queue="mail"))

    def tell(job: OutboxJob, now: datetime) -> Callable[[], None] | None: ...

A *database* handler runs inside the transaction that closes its job: its effects happen exactly once. An *outside*
handler (files, mail, gateways) runs with no transaction open and returns a recorder, which is called inside the short
transaction that closes the job; it may run more than once, so it gives ``job.event`` to the other side as a stable key.
A handler that raises is tried again, later each time (``TryLater`` says that nothing is wrong with us); one that
raises ``Permanent`` is given up at once.

An outside handler of many small pieces of work may take them ``batch`` at a time: the jobs share a message and a lease,
and are still run, closed and failed one by one. ``together`` is then told of all of them first, so that it can read
what they need in a few statements; it returns what is done for each.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.db import connection, transaction
from django.utils.functional import Promise

from core import audit, request_ids
from core.actors import Actor
from core.clock import database_now
from core.locking import lock
from core.models import OutboxJob
from core.rows import insert
from core.spelling import present

Recorder = Callable[[], object]
Work = Callable[[OutboxJob, datetime], Recorder | None]
Together = Callable[[Sequence[OutboxJob]], Work]
Wanted = Callable[[int], bool]
OnDead = Callable[[OutboxJob, str, datetime], None]

DEFAULT_QUEUE = "default"
_EVENTS = uuid.UUID("4f8c0b1e-3a67-5c0e-9a51-6d6f66736574")


class OutsideTransaction(RuntimeError):
    """An event was published where no transaction is open: it could be lost, or be true of a change that is not."""


class Permanent(Exception):
    """A handler raises it when another try can't help; the job is given up with this text."""


class TryLater(Exception):
    """A handler raises it for a failure that is expected to pass: the other side is away or busy."""


@dataclass(frozen=True, slots=True)
class Handler:
    """One thing to do about a topic. ``limit`` is in seconds: the lease of a run outlives it a little.

    A run that takes longer is killed, or after ``longest`` seconds where it asks for more time (``prolong``).

    ``wanted`` is asked, when an event is published, whether its marketplace (an id) wants this done at all.
    ``label`` is what people read of its jobs.
    ``batch`` jobs at most share a message, and ``together`` prepares them. ``leaves``: it becomes a mail or a call that
    somebody outside gets, so that a restored copy holds it.
    """

    topic: str
    name: str
    run: Work
    kind: Literal["database", "outside"] = "database"
    limit: int = 30
    queue: str = DEFAULT_QUEUE
    on_dead: OnDead | None = None
    wanted: Wanted | None = None
    batch: int = 1
    together: Together | None = None
    longest: int = 0
    leaves: bool = False
    label: str | Promise = ""


_handlers: dict[str, Handler] = {}
_by_topic: dict[str, list[Handler]] = defaultdict(list)
_answers: ContextVar[dict[tuple[str, int], list[Handler]] | None] = ContextVar("who wants what", default=None)


def register(found: Handler) -> None:
    """Add a handler; its topic and name together are the identity of its jobs for good."""
    if found.batch > 1 and found.kind != "outside":
        raise ValueError(f"{found.name} runs inside transactions of its own and can't share one lease")
    key = f"{found.topic} {found.name}"
    if key in _handlers:
        raise ValueError(f"two handlers are called {found.name} for {found.topic}")
    _handlers[key] = found
    _by_topic[found.topic].append(found)


def prolong(job: OutboxJob, seconds: float) -> None:
    """Keep a job of an outside handler, which this run has taken up, for so many seconds from now.

    Only one that turns out to be long asks for it: all others come back soon after their worker is gone.
    """
    mine = OutboxJob.objects.open().filter(pk=job.pk, token=job.token)
    mine.update(next_at=database_now() + timedelta(seconds=seconds))


def forget(found: Handler) -> None:
    """Take a handler out again; its open jobs then wait for a version of the code that knows it."""
    del _handlers[f"{found.topic} {found.name}"]
    _by_topic[found.topic].remove(found)


def handler_of(topic: str, name: str) -> Handler | None:
    """The registered handler, or None when this version of the code does not know it; open jobs may say old topics."""
    return _handlers.get(f"{present(topic)} {name}")


def queue_of(topic: str, name: str) -> str:
    """The queue of a handler; what this version of the code does not know goes to the default one."""
    found = handler_of(topic, name)
    return found.queue if found else DEFAULT_QUEUE


def label_of(topic: str, name: str) -> str:
    """What a handler's jobs do, in words; what this version of the code does not know is called by its name."""
    found = handler_of(topic, name)
    return str(found.label) if found and found.label else name


def names_in(queues: Collection[str]) -> list[str]:
    """The names of all handlers whose work goes to these queues."""
    return sorted({found.name for found in _handlers.values() if found.queue in queues})


def names_that_leave() -> list[str]:
    """The names of all handlers whose work somebody outside gets."""
    return sorted({found.name for found in _handlers.values() if found.leaves})


@contextmanager
def asking_once() -> Iterator[None]:
    """Within, ask whether a marketplace wants a handler's work only once: for the seconds that a batch takes."""
    mark = _answers.set({})
    try:
        yield
    finally:
        _answers.reset(mark)


def _wanting(topic: str, marketplace_id: int) -> list[Handler]:
    known = _answers.get()
    if known is None:
        return _asked(topic, marketplace_id)
    if (topic, marketplace_id) not in known:
        known[topic, marketplace_id] = _asked(topic, marketplace_id)
    return known[topic, marketplace_id]


def _asked(topic: str, marketplace_id: int) -> list[Handler]:
    found = _by_topic.get(topic, [])
    return [each for each in found if each.wanted is None or each.wanted(marketplace_id)]


def event_id(*, topic: str, key: str, marketplace_id: int) -> uuid.UUID:
    """The stable name of an event: the same marketplace, topic and key always give the same one."""
    return uuid.uuid5(_EVENTS, f"{marketplace_id} {topic} {key}")


class Event(NamedTuple):
    """What happened; ``payload`` holds ids, never document numbers."""

    topic: str
    key: str
    payload: Mapping[str, object]


def publish(
    *,
    topic: str,
    key: str,
    marketplace_id: int,
    payload: Mapping[str, object],
    now: datetime,
    bulk: bool = False,
) -> uuid.UUID:
    """Write one job per handler that wants it into the caller's transaction; a repeated key adds nothing.

    ``payload`` holds ids, never document numbers; ``now`` is when it happened. What is ``bulk`` waits behind all that
    is not: say it for what follows from a job that is. Returns the event's id. Raises OutsideTransaction.
    """
    jobs = _jobs([Event(topic, key, payload)], marketplace_id, now, bulk)
    insert(OutboxJob, jobs, ignore_conflicts=True)
    return event_id(topic=topic, key=key, marketplace_id=marketplace_id)


def publish_many(
    events: Iterable[Event], *, marketplace_id: int, now: datetime, bulk: bool = True, but: Collection[str] = ()
) -> None:
    """Publish events as ``publish`` does, each for the first time.

    Handlers named in ``but`` are left out: the caller does their work itself. Raises OutsideTransaction.
    """
    insert(OutboxJob, _jobs(events, marketplace_id, now, bulk, but))


class _JobRow(NamedTuple):
    event: uuid.UUID
    topic: str
    key: str
    handler: str
    kind: str
    marketplace_id: int
    payload: Mapping[str, object]
    at: datetime
    bulk: bool
    request_id: str
    handed: int = 0
    attempts: int = 0
    last_error: str = ""


def _jobs(
    events: Iterable[Event], marketplace_id: int, now: datetime, bulk: bool, but: Collection[str] = ()
) -> list[_JobRow]:
    """One row for each event and handler that wants it."""
    handlers: dict[str, list[Handler]] = {}
    rows = []
    request = request_ids.current()
    for topic, key, payload in events:
        if not connection.in_atomic_block:
            raise OutsideTransaction(f"{topic} {key} must be published inside transaction.atomic")
        if topic not in handlers:
            handlers[topic] = [found for found in _wanting(topic, marketplace_id) if found.name not in but]
        event = event_id(topic=topic, key=key, marketplace_id=marketplace_id)
        rows += [
            _JobRow(event, topic, key, found.name, found.kind, marketplace_id, payload, now, bulk, request)
            for found in handlers[topic]
        ]
    return rows


@transaction.atomic
def redrive(job_ids: Iterable[int], *, actor: Actor, now: datetime) -> int:
    """Let dead jobs of the actor's marketplace run again, with all their attempts; returns how many there were."""
    dead = OutboxJob.objects.dead().filter(marketplace_id=actor.marketplace_id, pk__in=list(job_ids))
    jobs = lock(dead)
    for job in jobs:
        audit.record(
            actor=actor,
            verb="outbox.redrive",
            now=now,
            obj=job,
            before={"attempts": job.attempts, "error": job.last_error[:500]},
        )
    OutboxJob.objects.filter(pk__in=[job.pk for job in jobs]).update(
        dead_at=None, attempts=0, handed=0, token=None, next_at=database_now()
    )
    return len(jobs)


@transaction.atomic
def set_aside(job_ids: Iterable[int], *, reason: str, actor: Actor, now: datetime) -> int:
    """Give dead jobs of the actor's marketplace up for good, without their effect; returns how many there were.

    The audit log keeps each with its ``reason`` and its last error; what a job was about can be done by hand.
    """
    dead = OutboxJob.objects.dead().filter(marketplace_id=actor.marketplace_id, pk__in=list(job_ids))
    jobs = lock(dead)
    for job in jobs:
        before: dict[str, object] = {"attempts": job.attempts, "error": job.last_error[:500]}
        audit.record(actor=actor, verb="outbox.set_aside", now=now, obj=job, before=before, note=reason)
    OutboxJob.objects.filter(pk__in=[job.pk for job in jobs]).update(dead_at=None, token=None, done_at=database_now())
    return len(jobs)
