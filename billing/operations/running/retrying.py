"""Try again: payers whose batch failed, and events that could not be billed; never those of one's own company."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from billing.domain.refusals import NothingToRetry
from billing.models import BillingEvent, BillingRun, RunLine
from billing.operations.event_payers import concerned
from billing.operations.run_in_progress import check_no_run
from billing.operations.running.starting import OPEN, start_workers
from companies.domain.refusals import OwnCompany
from companies.models import Marketplace
from companies.queries.people import OwnCompanies, own_companies_of
from core import audit
from core.actors import Actor
from core.locking import lock, lock_one

PERMISSION = "billing.retry"
State = RunLine.State


def may_retry(event: BillingEvent) -> bool:
    """Whether the event failed, and so can be billed again."""
    return event.status == BillingEvent.Status.FAILED


def check_retry(events: Sequence[BillingEvent], *, actor: Actor) -> set[int]:
    """Ask the guards of trying events again; returns the ids of what is left out, as it is of the actor's company."""
    failed = [event for event in events if may_retry(event)]
    return _own(actor, concerned(failed))


class Retried(NamedTuple):
    """How many wait again, and how many were left out because they are of the retrier's own company (I18)."""

    waiting: int
    own: int = 0


@transaction.atomic
def retry_lines(*, run: BillingRun, line_ids: Sequence[int] | None, actor: Actor, now: datetime) -> Retried:
    """Let failed payers of a run wait for it again (None: all of them), and let it go on.

    Raises OwnCompany where nothing else has failed.
    """
    lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    run = lock_one(BillingRun.objects.filter(pk=run.pk, marketplace_id=actor.marketplace_id))
    failed = RunLine.objects.filter(run=run, state=State.FAILED)
    lines = lock(failed if line_ids is None else failed.filter(pk__in=line_ids))
    own = _own(actor, {line.pk: {line.payer_id} for line in lines})
    ids = [line.pk for line in lines if line.pk not in own]
    RunLine.objects.filter(pk__in=ids).update(state=State.WAITING, error="")
    audit.record(actor=actor, verb="run.retried", obj=run, after={"payers": len(ids)}, now=now)
    go_on(run, now)
    return Retried(len(ids), len(own))


@transaction.atomic
def retry_events(*, event_ids: Sequence[int], actor: Actor, now: datetime) -> Retried:
    """Let failed events be billed again, at once where a run knows them.

    Their payers' lines wait for the run that is going on, or else for the run in which they failed. Raises OwnCompany
    where nothing else has failed.
    """
    lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    inside = BillingEvent.objects.filter(marketplace_id=actor.marketplace_id)
    runs = inside.filter(pk__in=event_ids).failed().order_by().values_list("run_id", flat=True).distinct()
    going_on = BillingRun.objects.going_on(actor.marketplace_id)
    locked = {run.pk: run for run in lock(BillingRun.objects.filter(pk__in=runs) | going_on)}
    failed = lock(inside.filter(pk__in=event_ids).failed().select_related("account"))
    own = check_retry(failed, actor=actor)
    events = [event for event in failed if event.pk not in own]
    BillingEvent.objects.filter(pk__in=[event.pk for event in events]).update(
        status=BillingEvent.Status.PENDING, reason="", retried_by_id=actor.user_id
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
    return Retried(len(events), len(own))


def _own(actor: Actor, of_each: Mapping[int, set[int]]) -> set[int]:
    """The ids of what concerns companies of the actor; refused when nothing else is left.

    The operator's relatives are not among them: what failed was recorded by somebody, or agreed on, before.
    """
    if not of_each:
        raise NothingToRetry
    circle = OwnCompanies() if actor.is_pipeline else own_companies_of(actor.user_id)
    own = {pk for pk, companies in of_each.items() if companies & circle.own}
    if len(own) == len(of_each):
        raise OwnCompany
    return own


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
    """Let workers work on a locked run again. Raises RunInProgress when another run of the marketplace is open."""
    if not run.dry:
        check_no_run(run.marketplace_id, but=run.pk)
    run.state, run.finished_at = BillingRun.State.RUNNING, None
    run.restarts += 1
    run.save(update_fields=["state", "finished_at", "restarts"])
    start_workers(run, now)
