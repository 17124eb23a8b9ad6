"""What the verbs of subscriptions share: who may, what billing hears, and how subscriptions are locked."""

from collections.abc import Mapping
from datetime import date, datetime

from companies.operations.own_company import Ask, refuse_own_company
from core import outbox
from core.actors import Actor
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
    return subscription.cancelled_on is None


def check_change(
    subscription: Subscription,
    *,
    actor: Actor,
    verb: str,
    reason: str = "",
    told: Mapping[str, object] | None = None,
) -> None:
    """Ask the guards of changing or cancelling that come before what is typed.

    It must go on and be of another company; for a relative of the operator a second person is asked, who reads the
    ``reason`` and what the verb was ``told`` besides, as JSON.
    """
    if not may_change(subscription):
        raise Cancelled
    ask = Ask(
        kind="subscription", verb=verb, object_id=subscription.pk, thing=str(subscription), reason=reason,
        arguments=dict(told or {}),
    )  # fmt: skip
    refuse_own_company(actor, [subscription.company_id, subscription.account.payer_id], ask=ask, field=None)


def lock(subscription: Subscription, actor: Actor) -> Subscription:
    """The subscription as it is now, locked. Raises Missing for a stranger's."""
    found = Subscription.objects.select_related("company", "account__marketplace", "product")
    return lock_one(found.filter(pk=subscription.pk, marketplace_id=actor.marketplace_id))
