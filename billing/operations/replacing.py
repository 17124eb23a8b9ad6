"""Edit an event that nobody has billed, and send it again: a new event takes its place, the old one stays as it was."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.event_values import LONGEST_KEY, OUTSIDE, Facts
from billing.domain.refusals import EventNotOpen
from billing.models import BillingEvent
from billing.operations import recording
from billing.operations.event_payers import concerned
from billing.operations.open_events import Status, check_open, lock_event, settle
from billing.operations.recording import record_event
from companies.operations.own_company import asks_for_own_company
from core.actors import Actor
from core.errors import DuplicateRequest, InvalidInput

PERMISSION = recording.PERMISSION
OPEN = (Status.FAILED, Status.PENDING, Status.REJECTED)


def may_replace(event: BillingEvent) -> bool:
    """Whether it can be edited and sent again, by its own columns."""
    return event.kind in OUTSIDE and event.status in OPEN and not _stands_no_more(event)


def _stands_no_more(event: BillingEvent) -> bool:
    """Whether it would have taken another's place and was rejected: that one stands again."""
    return event.status == Status.REJECTED and event.replaces_id is not None


def check_replace(event: BillingEvent, *, actor: Actor) -> bool:
    """Ask the guards of editing an event; whether a second person is asked about what it becomes, whatever that is."""
    check_open(event, *OPEN)
    if _stands_no_more(event):
        raise EventNotOpen(status=event.get_status_display())
    return asks_for_own_company([actor.user_id], concerned([event])[event.pk], field=None)


@transaction.atomic
def replace_event(*, event: BillingEvent, facts: Facts, actor: Actor, now: datetime) -> BillingEvent:
    """Record what should have been said, under a key of its own; whoever names the old key means the new event.

    The next run bills it, or a second person is asked first, as for any event. Raises what ``record_event`` raises,
    EventNotOpen for one that was billed or decided meanwhile, RunInProgress while a run may be billing it.
    """
    event = lock_event(event, actor)
    asks = check_replace(event, actor=actor)
    if facts.key == event.key:
        raise InvalidInput(_("The old event keeps its key. Give the new one another."), field="key")
    settle(event, Status.REPLACED, verb="event.replaced", note="", actor=actor, now=now, key=facts.key)
    made = record_event(facts=facts, origin=BillingEvent.Origin.FORM, actor=actor, now=now, replaces=event, asks=asks)
    if made.replaces_id != event.pk:
        raise DuplicateRequest(field="key")
    return made


def next_key(event: BillingEvent) -> str:
    """A free key for what takes its place: the old one with a number behind it."""
    first, _dash, number = event.key.rpartition("-r")
    stem = (first if first and number.isdigit() and event.replaces_id else event.key)[: LONGEST_KEY - 5]
    beginning = f"{stem}-r"
    taken = set(
        BillingEvent.objects.filter(marketplace_id=event.marketplace_id, key__startswith=beginning).values_list(
            "key", flat=True
        )
    )
    return next(key for number in range(2, len(taken) + 3) if (key := f"{beginning}{number}") not in taken)
