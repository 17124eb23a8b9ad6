"""What the verbs of subscriptions share: who may, what billing hears, and how subscriptions are locked."""

from datetime import date, datetime

from companies.operations.owning import Ask, refuse_own_company
from core import outbox
from core.actors import Actor
from core.errors import refusal_of
from core.locking import lock_one
from subscriptions.domain.refusals import Cancelled
from subscriptions.models import Subscription


def publish(subscription: Subscription, *, kind: str, key: str, day: date, actor: Actor, now: datetime) -> None:
    """Tell whoever listens that something was agreed; ``key`` names it for good."""
    outbox.publish(
        topic="subscription.agreed",
        key=key,
        marketplace_id=subscription.marketplace_id,
        payload={
            "subscription_id": subscription.pk,
            "kind": kind,
            "key": key,
            "day": day.isoformat(),
            "user_id": actor.user_id,
        },
        now=now,
    )


PERMISSION = "subscriptions.change"
CHANGE, CANCEL = "change_subscription", "cancel_subscription"


def may_change(subscription: Subscription) -> bool:
    """Whether it can be changed or cancelled: while it goes on."""
    return refusal_of(_check_open, subscription) is None


def _check_open(subscription: Subscription) -> None:
    if subscription.cancelled_on is not None:
        raise Cancelled


def lock_open(
    subscription: Subscription, actor: Actor, *, verb: str, reason: str, told: dict[str, object]
) -> Subscription:
    """The subscription as it is now, locked, for a verb and what it was told (as JSON).

    Raises Cancelled, OwnCompany, or Missing for a stranger's.
    """
    found = Subscription.objects.select_related("company", "account__marketplace", "product")
    locked = lock_one(found.filter(pk=subscription.pk, marketplace_id=actor.marketplace_id))
    ask = Ask(
        kind="subscription", verb=verb, object_id=locked.pk, thing=str(locked), reason=reason, arguments=told
    )  # fmt: skip
    refuse_own_company(actor, [locked.company_id, locked.account.payer_id], ask=ask, field=None)
    _check_open(locked)
    return locked
