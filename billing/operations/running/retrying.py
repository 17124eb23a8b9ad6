"""Try again: payers whose batch failed, and events that could not be billed."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from billing.models import BillingEvent, BillingRun, RunLine
from billing.operations.running.starting import OPEN, open_lanes
from billing.refusals import NothingToRetry, RunInProgress
from companies.models import Marketplace
from core import audit
from core.actors import Actor
from core.locking import lock, lock_one

State = RunLine.State


@transaction.atomic
def retry_lines(*, run: BillingRun, line_ids: Sequence[int] | None, actor: Actor, now: datetime) -> int:
    """Let failed payers of a run wait for it again (None: all of them), and let it go on; returns how many."""
    lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    run = lock_one(BillingRun.objects.filter(pk=run.pk, marketplace_id=actor.marketplace_id))
    failed = RunLine.objects.filter(run=run, state=State.FAILED)
    lines = lock(failed if line_ids is None else failed.filter(pk__in=line_ids))
    if not lines:
        raise NothingToRetry
    ids = [line.pk for line in lines]
    RunLine.objects.filter(pk__in=ids).update(state=State.WAITING, error="")
    audit.record(actor=actor, verb="run.retried", obj=run, after={"payers": len(ids)}, now=now)
    go_on(run, now)
    return len(ids)


@transaction.atomic
def retry_events(*, event_ids: Sequence[int], actor: Actor, now: datetime) -> int:
    """Let failed events be billed again, at once where a run knows them; returns how many.

    Their payers' lines wait for the run that is going on, or else for the run in which they failed.
    """
    lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    inside = BillingEvent.objects.filter(marketplace_id=actor.marketplace_id)
    runs = inside.filter(pk__in=event_ids).failed().order_by().values_list("run_id", flat=True).distinct()
    open_runs = BillingRun.objects.filter(marketplace_id=actor.marketplace_id, dry=False, finished_at__isnull=True)
    locked = {run.pk: run for run in lock(BillingRun.objects.filter(pk__in=runs) | open_runs)}
    events = lock(inside.filter(pk__in=event_ids).failed())
    if not events:
        raise NothingToRetry
    BillingEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        status=BillingEvent.Status.PENDING, reason=""
    )
    for event in events:
        before: dict[str, object] = {"status": event.status, "reason": event.reason}
        audit.record(actor=actor, verb="event.retried", obj=event, company_id=event.company_id, before=before, now=now)
    running = next((run for run in locked.values() if run.is_open and not run.dry), None)
    payers: dict[int, set[int]] = defaultdict(set)
    for event in events:
        run_id = running.pk if running else event.run_id
        if run_id:
            payers[run_id].add(event.account.payer_id)
    for run_id in sorted(payers)[-1:]:  # A marketplace has one run at a time: the latest takes all.
        everyone = {payer for own in payers.values() for payer in own}
        _wait_again(locked[run_id], everyone, now)
    return len(events)


def _wait_again(run: BillingRun, payers: set[int], now: datetime) -> None:
    known = lock(RunLine.objects.filter(run=run, payer_id__in=payers))
    missing = payers - {line.payer_id for line in known}
    RunLine.objects.bulk_create([RunLine(run=run, payer_id=payer) for payer in sorted(missing)], ignore_conflicts=True)
    closed = [line.pk for line in known if line.state not in OPEN]
    RunLine.objects.filter(pk__in=closed).update(state=State.WAITING, error="", failed_events=0)
    run.payers += len(missing)
    run.save(update_fields=["payers"])
    go_on(run, now)


def go_on(run: BillingRun, now: datetime) -> None:
    """Let lanes work on a locked run again. Raises RunInProgress when another run of the marketplace is open."""
    others = BillingRun.objects.filter(marketplace_id=run.marketplace_id, dry=False, finished_at__isnull=True)
    if not run.dry and others.exclude(pk=run.pk).exists():
        raise RunInProgress
    run.state, run.finished_at = BillingRun.State.RUNNING, None
    run.restarts += 1
    run.save(update_fields=["state", "finished_at", "restarts"])
    open_lanes(run, now)
