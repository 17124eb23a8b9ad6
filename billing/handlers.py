"""What billing does about events of other apps: what was agreed on a subscription becomes a billing event."""

from collections.abc import Callable
from datetime import date, datetime

from billing.models import BillingEvent
from core import outbox
from core.idempotency import fingerprint
from core.models import OutboxJob
from core.rows import insert
from subscriptions.models import Subscription

_COLUMNS = (
    "marketplace", "key", "body_hash", "kind", "origin", "company", "account", "subscription", "billed_user", "day",
    "product", "description", "source_key", "status", "reason", "created_at",
    "created_by",
)  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    outbox.register(outbox.Handler("subscription.agreed", "billing.collect_event", subscription_agreed))


def subscription_agreed(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Write the event of a purchase, a change or a cancellation; a second telling adds nothing."""
    told = job.payload
    row = Subscription.objects.get(pk=told["subscription_id"])
    insert(
        BillingEvent,
        _COLUMNS,
        [
            (
                row.marketplace_id, told["key"], fingerprint(told), told["kind"], BillingEvent.Origin.SUBSCRIPTION,
                row.company_id, row.account_id, row.pk, row.billed_user_id, date.fromisoformat(told["day"]),
                row.product_id, "", "", BillingEvent.Status.PENDING, "", now,
                told.get("user_id"),
            )
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return None
