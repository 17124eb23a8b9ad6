"""Start the runs whose moment has come."""

import logging
from datetime import datetime

from django.db.models import QuerySet

from billing.domain.calendar import latest
from billing.domain.refusals import RunInProgress
from billing.models import BillingRun, BillingSettings
from billing.operations.running import start_run
from core.actors import CALENDAR, Actor
from core.retry import retry

log = logging.getLogger(__name__)


def start_due_runs(now: datetime) -> list[BillingRun]:
    """Start each marketplace's scheduled run when its moment has come, once a day however often this is called.

    A run missed while nothing was running is started late, and only the last one: it bills all that is due. While
    another run of the marketplace goes on, it waits for the next call. A calendar that is switched on starts with the
    next moment, not with one that passed before.
    """
    found = (_start_due(settings, now) for settings in _with_a_calendar())
    return [run for run in found if run is not None]


def _with_a_calendar() -> QuerySet[BillingSettings]:
    return BillingSettings.objects.exclude(frequency=BillingSettings.Frequency.OFF).select_related("marketplace")


def _start_due(settings: BillingSettings, now: datetime) -> BillingRun | None:
    marketplace = settings.marketplace
    day = latest(settings.schedule, marketplace.zone, now)
    if day is None or (settings.scheduled_since and day < settings.scheduled_since):
        return None
    if BillingRun.objects.filter(marketplace=marketplace, scheduled_for=day).exists():
        return None
    actor = Actor(marketplace_id=marketplace.pk, label=CALENDAR, kind="pipeline")
    try:
        return retry(lambda: start_run(through=day, scheduled_for=day, actor=actor, now=now, key=f"scheduled {day}"))
    except RunInProgress:
        log.info("the run of %s for %s waits: another one goes on", marketplace.code, day)
        return None
