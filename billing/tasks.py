"""What workers do for billing: turns of runs, which the outbox hands out, and the clock's question for due runs."""

from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.utils.translation import gettext_lazy as _

from billing.models import EventImport
from billing.operations import importing, running
from billing.operations.importing.tidying import tried_long_ago
from billing.operations.scheduling import start_due_runs
from core import outbox, tidying
from core.clock import database_now
from core.models import OutboxJob

QUEUE = "billing"
TURN_LIMIT = 40
"""Seconds that a turn may take in all; it looks for its end after every batch."""


def register_all() -> None:
    """What workers do about billing's own events; called from AppConfig.ready."""
    tidying.register("events of dry runs", tried_long_ago)
    outbox.register(
        outbox.Handler(
            "billing.run.started",
            "billing.collect_payers",
            collect_payers,
            limit=120,
            queue=QUEUE,
            label=_("Begin a billing run"),
        )
    )
    turns = (
        ("billing.run.turn", "billing.work_on_run", work_on_run, run_broke, _("Work on a billing run")),
        ("billing.import.turn", "billing.read_file", read_file, import_broke, _("Import a file of events")),
    )
    for topic, name, run, broke, label in turns:
        outbox.register(
            outbox.Handler(topic, name, run, kind="outside", limit=TURN_LIMIT, queue=QUEUE, on_dead=broke, label=label)
        )


def collect_payers(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Write a run's lines and let its workers begin."""
    running.collect(run_id=int(job.payload["run_id"]), now=now)
    return None


def run_broke(job: OutboxJob, reason: str, now: datetime) -> None:
    """A worker's turn was given up: its run ends, and what it did not bill stays due."""
    running.break_off(run_id=int(job.payload["run_id"]), reason=reason, now=now)


def work_on_run(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Take batches of a run for some seconds, then let another turn follow."""
    run_id, lane, turn = (int(job.payload[name]) for name in ("run_id", "lane", "turn"))
    if running.RunWorker(run_id, lane, now).work():
        return lambda: running.publish_next(run_id=run_id, lane=lane, turn=turn + 1, now=now)
    return None


@shared_task(name="billing.start_due_runs", ignore_result=True)
def start_due() -> None:
    """Start the scheduled runs whose moment has come. Twice or late does no harm: each day has one run."""
    start_due_runs(database_now())


def import_broke(job: OutboxJob, reason: str, now: datetime) -> None:  # noqa: ARG001 - what every such function gets
    """Reading a file was given up: it says why, and can be gone on with."""
    importing.break_off(import_id=int(job.payload["import_id"]), reason=reason)


def read_file(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Read a file of events for some seconds, then let another turn follow."""
    import_id, turn = int(job.payload["import_id"]), int(job.payload["turn"])
    if importing.read_turn(import_id=import_id, now=now):
        return lambda: importing.publish_turn(EventImport.objects.get(pk=import_id), turn + 1, now)
    return None
