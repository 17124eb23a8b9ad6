"""Run what the outbox holds, in this process and through the same code as a worker."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from core import consumer, outbox
from core.clock import database_now
from core.models import OutboxJob


def drain(now: datetime | None = None, *, topic: str | None = None, most: int = 1000) -> int:
    """Run due jobs, and those that they publish, until none is due; how many were closed as done.

    ``now`` is given to the handlers in place of the clock. A job that fails rests, as it would in life.
    """
    done = 0
    for _ in range(most):
        due = OutboxJob.objects.due(database_now()).order_by("next_at", "id")
        job = (due.filter(topic=topic) if topic else due).first()
        if job is None:
            return done
        done += consumer.run(job.pk, now)
    raise AssertionError(f"the outbox still has work after {most} jobs")


def drain_all(now: datetime | None = None, *, rounds: int = 30) -> None:
    """Run jobs, also those that rest after a failure, until none is open."""
    for _ in range(rounds):
        drain(now)
        if not end_leases():
            return
    raise AssertionError(f"jobs are open after {rounds} rounds")


def end_leases() -> int:
    """Let time pass: every open job is due now; how many there are."""
    return OutboxJob.objects.open().update(next_at=database_now())


@contextmanager
def handlers(*found: outbox.Handler) -> Iterator[None]:
    """Know these handlers for a while, beside those of the product."""
    for one in found:
        outbox.register(one)
    try:
        yield
    finally:
        for one in found:
            outbox.forget(one)


def database(topic: str, name: str, run: outbox.Work, on_dead: outbox.OnDead | None = None) -> outbox.Handler:
    """A database handler for a test."""
    return outbox.Handler(topic=topic, name=name, run=run, kind="database", limit=30, queue="default", on_dead=on_dead)


def outside(topic: str, name: str, run: outbox.Work, on_dead: outbox.OnDead | None = None) -> outbox.Handler:
    """An outside handler for a test."""
    return outbox.Handler(topic=topic, name=name, run=run, kind="outside", limit=30, queue="default", on_dead=on_dead)


def failing(text: str, *, permanent: bool = False) -> Callable[..., None]:
    """A handler's work that always fails."""

    def run(*_args: object) -> None:
        raise outbox.Permanent(text) if permanent else RuntimeError(text)

    return run
