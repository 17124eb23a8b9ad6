"""Set a failed event aside as known, so that it leaves the list of what is to be done; and bring it back."""

from datetime import datetime

from django.db import transaction

from billing.domain.refusals import EventNotOpen
from billing.models import BillingEvent
from billing.operations import recording
from billing.operations.event_payers import concerned
from billing.operations.open_events import Status, lock_event, settle
from companies.operations.own_company import asks_for_own_company
from core.actors import Actor
from creditmemos.operations.guards import check_reason_text

PERMISSION = recording.PERMISSION


def may_set_aside(event: BillingEvent) -> bool:
    """Whether it failed."""
    return event.status == Status.FAILED


def may_bring_back(event: BillingEvent) -> bool:
    """Whether somebody set it aside."""
    return event.status == Status.ASIDE


def check_set_aside(event: BillingEvent, *, actor: Actor) -> None:
    """Ask the guards of setting aside."""
    _check(event, Status.FAILED, actor)


def check_bring_back(event: BillingEvent, *, actor: Actor) -> None:
    """Ask the guards of bringing back."""
    _check(event, Status.ASIDE, actor)


def _check(event: BillingEvent, status: str, actor: Actor) -> None:
    if event.status != status:
        raise EventNotOpen(status=event.get_status_display())
    asks_for_own_company([actor.user_id], concerned([event])[event.pk], field=None)


@transaction.atomic
def set_aside(*, event: BillingEvent, reason: str, actor: Actor, now: datetime) -> BillingEvent:
    """Leave a failed event as it is, and say why; it is not tried again until it is brought back."""
    reason = check_reason_text(reason)
    event = lock_event(event, actor)
    check_set_aside(event, actor=actor)
    settle(event, Status.ASIDE, verb="event.set_aside", note=reason, actor=actor, now=now)
    return event


@transaction.atomic
def bring_back(*, event: BillingEvent, actor: Actor, now: datetime) -> BillingEvent:
    """Let it stand among the failed ones again."""
    event = lock_event(event, actor)
    check_bring_back(event, actor=actor)
    settle(event, Status.FAILED, verb="event.brought_back", note="", actor=actor, now=now)
    return event
