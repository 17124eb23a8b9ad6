"""What billing hears of subscriptions, and how subscriptions are locked."""

from datetime import date, datetime

from core import outbox
from core.actors import Actor
from core.locking import lock_one
from subscriptions.models import Subscription
from subscriptions.refusals import Cancelled


def publish(subscription: Subscription, *, kind: str, key: str, day: date, now: datetime) -> None:
    """Tell whoever listens that something was agreed; ``key`` names it for good."""
    outbox.publish(
        topic="subscription.agreed",
        key=key,
        marketplace_id=subscription.marketplace_id,
        payload={"subscription_id": subscription.pk, "kind": kind, "key": key, "day": day.isoformat()},
        now=now,
    )


def lock_open(subscription: Subscription, actor: Actor) -> Subscription:
    """The subscription as it is now, locked. Raises Cancelled, or Missing for a stranger's."""
    found = Subscription.objects.select_related("company", "account__marketplace", "product")
    locked = lock_one(found.filter(pk=subscription.pk, marketplace_id=actor.marketplace_id))
    if locked.cancelled_on is not None:
        raise Cancelled
    return locked
