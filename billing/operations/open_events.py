"""Events that nobody has billed: what may become of them, asked under the lock under which it is decided."""

from datetime import datetime

from billing.domain.event_values import OUTSIDE
from billing.domain.refusals import ChangesOnSubscription, EventNotOpen, PartlyBilled
from billing.models import BillingEvent, Charge, Credit
from billing.operations.run_in_progress import check_no_run
from billing.rating.lines import REJECTED, WITHDRAWN
from companies.models import Marketplace
from core import audit
from core.actors import Actor
from core.locking import lock_one

Status = BillingEvent.Status


def may_be_ended(event: BillingEvent) -> bool:
    """Whether it came from outside and nobody has billed it: it failed, waits for a run, or is set aside."""
    return event.kind in OUTSIDE and event.status in (Status.FAILED, Status.PENDING, Status.ASIDE)


def check_open(event: BillingEvent, *statuses: str) -> None:
    """Refuse what does not stand like this any more, what a run may be billing, and what documents bear already."""
    if event.status not in statuses:
        raise EventNotOpen(status=event.get_status_display())
    if event.kind not in OUTSIDE:
        raise ChangesOnSubscription
    if event.status == Status.PENDING:
        check_no_run(event.marketplace_id)
    charged = Charge.objects.filter(event=event).exclude(state=Charge.State.RETURNED)
    if charged.exists() or Credit.objects.filter(event=event, returned=False).exists():
        raise PartlyBilled


def lock_event(event: BillingEvent, actor: Actor) -> BillingEvent:
    """The event as it stands, its marketplace first, under whose lock runs begin and events are tried again."""
    lock_one(Marketplace.objects.filter(pk=actor.marketplace_id))
    rows = BillingEvent.objects.filter(pk=event.pk, marketplace_id=actor.marketplace_id)
    return lock_one(rows.select_related("account"))


def stood_as(event: BillingEvent) -> str:
    """The status that a replaced event had: its reason, which stayed, tells it."""
    if not event.reason:
        return Status.PENDING
    return Status.REJECTED if event.reason in (REJECTED, WITHDRAWN) else Status.FAILED


def settle(
    event: BillingEvent, status: str, *, verb: str, note: str, actor: Actor, now: datetime, key: str = ""
) -> None:
    """Move a locked event to another status, with what somebody says about it."""
    before: dict[str, object] = {"status": event.status}
    event.status, event.note = status, note
    event.save(update_fields=["status", "note"])
    after: dict[str, object] = {"status": status, **({"key": key} if key else {})}
    audit.record(
        actor=actor, verb=verb, obj=event, company_id=event.company_id, before=before, after=after, note=note, now=now
    )
