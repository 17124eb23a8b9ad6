"""Start a run, collect its payers, stop it, and end it when nothing is left to do."""

from datetime import date, datetime, timedelta

from django.db import connection, transaction

from billing.domain.refusals import DayTooFar, RunNotOpen
from billing.models import BillingRun, RunLine
from billing.operations.run_in_progress import check_no_run
from billing.queries.price_book import settings_of
from companies.models import Marketplace
from core import audit, idempotency, outbox
from core.actors import Actor, pipeline
from core.checks import check_day
from core.errors import refusal_of
from core.formats import day_text, reader
from core.locking import lock_one

PERMISSION = "billing.run"
AHEAD = 31
"""Days by which a run may bill ahead of today."""
PAYERS_A_WORKER = 20
"""A small run needs no more workers than one for so many payers."""

State = BillingRun.State
_PAYERS = """
INSERT INTO billing_runline (run_id, payer_id, state, charges, invoices, memos, applications, failed_events,
                             invoiced, credited, applied, due, error)
SELECT %s, p.payer_id, 'waiting', 0, 0, 0, 0, 0, 0, 0, 0, 0, '' FROM (
    SELECT a.payer_id FROM subscriptions_subscription s JOIN ledger_balanceaccount a ON a.id = s.account_id
    WHERE s.marketplace_id = %s AND s.due_on <= %s
    UNION
    SELECT a.payer_id FROM billing_billingevent e JOIN ledger_balanceaccount a ON a.id = e.account_id
    WHERE e.marketplace_id = %s AND e.status = 'pending' AND e.day <= %s
) p ORDER BY p.payer_id
"""


def check_start(marketplace_id: int, *, dry: bool = False) -> None:
    """Refuse to start a run while another of the marketplace goes on; a ``dry`` one disturbs nobody."""
    if not dry:
        check_no_run(marketplace_id)


def may_start_previewed(run: BillingRun) -> bool:
    """Whether a run can be started from this one: from a preview that is worked out."""
    return run.dry and not run.is_open


def may_stop(run: BillingRun) -> bool:
    """Whether it still goes on."""
    return refusal_of(check_stop, run) is None


def check_stop(run: BillingRun) -> None:
    """Ask the guard of stopping."""
    if not run.is_open:
        raise RunNotOpen


@transaction.atomic
def start_run(
    *,
    through: date,
    actor: Actor,
    now: datetime,
    key: str,
    dry: bool = False,
    scheduled_for: date | None = None,
) -> BillingRun:
    """Start a run over everything that is due through a day; its payers are collected after commit.

    A ``dry`` run works out the same figures and writes no document. Refused while another run goes on.
    """
    body = [through, dry, scheduled_for]
    again = idempotency.claim(actor=actor, operation="billing.start_run", key=key, body=body, now=now)
    if again:
        return BillingRun.objects.get(pk=again.result["run_id"])
    check_day(through, field="through")
    marketplace = lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    last = marketplace.today(now) + timedelta(days=AHEAD)
    if through > last:
        raise DayTooFar(last=day_text(last, reader()), field="through")
    check_start(marketplace.pk, dry=dry)
    run = BillingRun.objects.create(
        marketplace=marketplace,
        through=through,
        dry=dry,
        lanes=settings_of(marketplace.pk).lanes,
        scheduled_for=scheduled_for,
        started_at=now,
        started_by_id=actor.user_id,
    )
    audit.record(actor=actor, verb="run.started", obj=run, after={"through": str(through), "dry": dry}, now=now)
    outbox.publish(
        topic="billing.run.started",
        key=f"billing.run.started:{run.pk}",
        marketplace_id=marketplace.pk,
        payload={"run_id": run.pk},
        now=now,
    )
    idempotency.remember(actor=actor, operation="billing.start_run", key=key, result={"run_id": run.pk})
    return run


def collect(*, run_id: int, now: datetime) -> None:
    """Write one line for each payer with something due, and let the workers begin; in the caller's transaction."""
    run = lock_one(BillingRun.objects.filter(pk=run_id))
    if run.state != State.COLLECTING:
        return
    inside = run.marketplace_id
    with connection.cursor() as cursor:
        cursor.execute(_PAYERS, [run.pk, inside, run.through, inside, run.through])
        run.payers = cursor.rowcount
    run.lanes = max(1, min(run.lanes, -(-run.payers // PAYERS_A_WORKER)))
    run.state = State.RUNNING
    run.save(update_fields=["payers", "lanes", "state"])
    start_workers(run, now)


def start_workers(run: BillingRun, now: datetime) -> None:
    """Publish the first turn of every worker on a run."""
    for lane in range(run.lanes):
        publish_turn(run, lane, 0, now)


def publish_turn(run: BillingRun, lane: int, turn: int, now: datetime) -> None:
    """Publish one turn of a worker: some seconds of work on the run."""
    outbox.publish(
        topic="billing.run.turn",
        key=f"billing.run.turn:{run.pk}/{run.restarts}/{lane}/{turn}",
        marketplace_id=run.marketplace_id,
        payload={"run_id": run.pk, "lane": lane, "turn": turn},
        now=now,
    )


def publish_next(*, run_id: int, lane: int, turn: int, now: datetime) -> None:
    """Publish a worker's next turn, in the caller's transaction."""
    publish_turn(BillingRun.objects.get(pk=run_id), lane, turn, now)


@transaction.atomic
def stop_run(*, run: BillingRun, actor: Actor, now: datetime) -> BillingRun:
    """Let a run end after the batches in hand. What was not billed stays due for the next run."""
    run = lock_one(BillingRun.objects.filter(pk=run.pk, marketplace_id=actor.marketplace_id))
    check_stop(run)
    run.state, run.finished_at = State.STOPPED, now
    run.save(update_fields=["state", "finished_at"])
    audit.record(actor=actor, verb="run.stopped", obj=run, now=now)
    return run


def break_off(*, run_id: int, reason: str, now: datetime) -> None:
    """Stop a run whose work failed again and again, in the caller's transaction; what was not billed stays due."""
    run = lock_one(BillingRun.objects.filter(pk=run_id))
    if run.is_open:
        run.state, run.finished_at = State.STOPPED, now
        run.save(update_fields=["state", "finished_at"])
        audit.record(actor=pipeline(run.marketplace_id), verb="run.broken_off", obj=run, note=reason, now=now)


@transaction.atomic
def finish_if_done(*, run_id: int, now: datetime) -> bool:
    """End a run that has no open line; whether it is at its end."""
    run = lock_one(BillingRun.objects.filter(pk=run_id))
    if not run.is_open:
        return True
    if run.state != State.RUNNING or RunLine.objects.filter(run=run, state__in=OPEN).exists():
        return False
    run.state, run.finished_at = State.FINISHED, now
    run.save(update_fields=["state", "finished_at"])
    audit.record(actor=pipeline(run.marketplace_id), verb="run.finished", obj=run, now=now)
    outbox.publish(
        topic="billing.run.finished",
        key=f"billing.run.finished:{run.pk}/{run.restarts}",
        marketplace_id=run.marketplace_id,
        payload={"run_id": run.pk},
        now=now,
    )
    return True


OPEN = (RunLine.State.WAITING, RunLine.State.ISSUED)
"""Lines that a run still has something to do for."""
