"""What billing does about events of other apps: what was agreed on a subscription becomes a billing event."""

from collections.abc import Callable
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from billing.models import BillingEvent
from billing.operations.asking_credit import became_events
from billing.operations.recording import EventRow
from core import outbox
from core.idempotency import fingerprint
from core.models import OutboxJob
from core.rows import insert
from subscriptions.models import Subscription


def register_all() -> None:
    """Called from AppConfig.ready."""
    label = _("Write the billing event of a subscription")
    outbox.register(outbox.Handler("subscription.agreed", "billing.collect_event", subscription_agreed, label=label))


def subscription_agreed(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Write the event of a purchase, a change or a cancellation; a second telling adds nothing."""
    told = job.payload
    row = Subscription.objects.get(pk=told["subscription_id"])
    kept = became_events(row.marketplace_id, [told["key"]], now)
    event = EventRow(
        marketplace_id=row.marketplace_id,
        key=told["key"],
        body_hash=fingerprint(told),
        kind=told["kind"],
        origin=BillingEvent.Origin.SUBSCRIPTION,
        company_id=row.company_id,
        account_id=row.account_id,
        subscription_id=row.pk,
        billed_user_id=row.billed_user_id,
        day=date.fromisoformat(told["day"]),
        product_id=row.product_id,
        created_at=now,
        created_by_id=told.get("user_id"),
        committed=kept.get(told["key"]),
    )
    if insert(BillingEvent, [event], ignore_conflicts=True):
        Subscription.objects.filter(pk=row.pk).update(committed=None, committed_until=None)
    return None
