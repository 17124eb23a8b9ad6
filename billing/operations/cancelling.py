"""Cancel an event that nobody has billed: it never is."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from billing.models import BillingEvent
from billing.operations import recording
from billing.operations.event_payers import concerned
from billing.operations.open_events import Status, check_open, lock_event, may_be_ended, settle
from companies.operations.own_company import Ask, asks_for_relatives, refuse_own_company
from core.actors import Actor
from core.models import Approval
from creditmemos.operations.guards import check_reason_text

KIND, CANCEL = "event", "cancel_event"
PERMISSION = recording.PERMISSION


def may_cancel(event: BillingEvent) -> bool:
    """Whether it can be cancelled, by its own columns."""
    return may_be_ended(event)


def check_cancel(event: BillingEvent, *, actor: Actor, reason: str = "") -> None:
    """Ask the guards of cancelling; nobody ends a debt or credit of their own company (I18)."""
    check_open(event, Status.FAILED, Status.PENDING, Status.ASIDE)
    ask = Ask(kind=KIND, verb=CANCEL, object_id=event.pk, thing=event.key, reason=reason)
    refuse_own_company(actor, concerned([event])[event.pk], ask=ask, field=None)


@transaction.atomic
def cancel_event(*, event: BillingEvent, reason: str, actor: Actor, now: datetime) -> BillingEvent:
    """End an event for good, with a reason; its key stays taken.

    Raises EventNotOpen for one that was billed or decided meanwhile, RunInProgress while a run may be billing it, and
    SecondPersonNeeded for a relative of the operator.
    """
    reason = check_reason_text(reason)
    event = lock_event(event, actor)
    check_cancel(event, actor=actor, reason=reason)
    settle(event, Status.CANCELLED, verb="event.cancelled", note=reason, actor=actor, now=now)
    return event


def _asked(approval: Approval) -> BillingEvent:
    return BillingEvent.objects.select_related("account").get(
        pk=approval.object_id, marketplace_id=approval.marketplace_id
    )


def _carry_out(approval: Approval, actor: Actor, now: datetime) -> BillingEvent:
    return cancel_event(event=_asked(approval), reason=approval.request_reason, actor=actor, now=now)


def register_all() -> None:
    """Called from AppConfig.ready."""
    asks_for_relatives(
        kind=KIND, name=CANCEL, label=_("Cancel event"), act=_carry_out,
        check=lambda approval: check_open(_asked(approval), Status.FAILED, Status.PENDING, Status.ASIDE),
    )  # fmt: skip
