"""What subscriptions and billing ask before something is bought: registered with them, as they stand below limits.

They ask when the rows are written, in the same transaction, so that what counts is what will be billed; a refusal takes
the rows back. What a checkout kept for the purchase under the same key makes place for it.
"""

from datetime import datetime

from billing.models import BillingEvent
from billing.operations.committing import keep_committed, reckon
from core.actors import Actor
from limits.domain.refusals import CannotTell
from limits.models import CreditCheck, Reservation
from limits.operations.answers import LONGEST_KEY, UNTIL_HEARD, log, reserve
from limits.operations.reserving import use
from limits.operations.weighing import Scale, scale_of, weigh
from subscriptions.models import Subscription, SubscriptionTerms

Kind = CreditCheck.Kind
Terms = SubscriptionTerms.Kind


def subscription_allowed(
    subscription: Subscription, terms: SubscriptionTerms, *, key: str, actor: Actor, now: datetime
) -> None:
    """Refuse a purchase or an upgrade for which the payer's limit has no room; a downgrade always passes.

    What an upgrade adds to the running period is kept until billing has written its event.
    """
    scale = scale_of(subscription.account.payer_id, subscription.marketplace_id, now=now, locked=True)
    kept = _kept(scale, key, now)
    if not scale.asks or terms.kind == Terms.DOWNGRADE:
        return
    if terms.kind == Terms.PURCHASE:
        amount, inside = _first_charge(scale, subscription)
        if not 0 < amount <= kept:
            _decide(scale, amount, inside, kind=Kind.PURCHASE, key=terms.key, subject=str(subscription), actor=actor)
        return
    amount = _extra(scale, subscription, terms)
    check = _decide(scale, amount, 0, kind=Kind.CHANGE, key=terms.key, subject=str(subscription), actor=actor)
    if amount:
        reserve(check, holds=UNTIL_HEARD)


def order_allowed(event: BillingEvent, payer_id: int, actor: Actor, now: datetime) -> None:
    """Refuse an order for which the payer's limit has no room."""
    scale = scale_of(payer_id, event.marketplace_id, now=now, locked=True)
    kept = _kept(scale, event.key, now)
    if not scale.asks:
        return
    amount, inside = _order_charge(scale, event)
    if not 0 < amount <= kept:
        _decide(scale, amount, inside, kind=Kind.ORDER, key=event.key, subject=event.description, actor=actor)


def _kept(scale: Scale, key: str, now: datetime) -> int:
    """What a checkout kept for this purchase, in minor units; from here on the purchase counts in its place.

    A purchase of no more than that was allowed then, and passes.
    """
    rows = Reservation.objects.filter(marketplace_id=scale.line.marketplace_id, key=key[:LONGEST_KEY], line=scale.line)
    found = rows.live(now).first()
    if found is None:
        return 0
    use(found, now)
    return found.amount


def _decide(scale: Scale, amount: int, inside: int, *, kind: Kind, key: str, subject: str, actor: Actor) -> CreditCheck:
    """Refuse, or write down why not."""
    weighed = weigh(scale, amount, inside=inside)
    if weighed.refusal is not None:
        raise weighed.refusal
    return log(scale, weighed, amount, kind=kind, key=key, subject=subject, actor=actor, inside=inside)


def _first_charge(scale: Scale, subscription: Subscription) -> tuple[int, int]:
    """What a new subscription is charged first, and what of it the window counts."""
    payer = scale.line.payer_id
    keep_committed([payer], subscription.marketplace_id, scale.through)
    row = Subscription.objects.get(pk=subscription.pk)
    if row.due_on is None:
        return 0, 0
    if row.due_on <= scale.through:
        inside = _known(row.committed, scale)
        return inside, inside
    found = reckon([payer], subscription.marketplace_id, row.due_on)
    if row.pk in found.unknown:
        raise CannotTell(company=scale.line.payer.name)
    return found.subscriptions.get(row.pk, 0), 0


def _extra(scale: Scale, subscription: Subscription, terms: SubscriptionTerms) -> int:
    """What a change adds to what was charged already, less what it gives back."""
    event = BillingEvent(
        marketplace_id=subscription.marketplace_id, key=terms.key, kind=terms.kind, company_id=subscription.company_id,
        account_id=subscription.account_id, subscription_id=subscription.pk, day=terms.day,
        billed_user_id=subscription.billed_user_id, product_id=subscription.product_id,
    )  # fmt: skip
    return _reckoned(scale, event)


def _order_charge(scale: Scale, event: BillingEvent) -> tuple[int, int]:
    """What an order is charged, and what of it the window counts; it is kept with the event, whatever becomes of it."""
    amount = _reckoned(scale, event)
    event.committed, event.committed_until = amount, scale.through
    event.save(update_fields=["committed", "committed_until"])
    return amount, amount if event.day <= scale.through else 0


def _reckoned(scale: Scale, event: BillingEvent) -> int:
    """What an event is charged that may be written or not."""
    is_written = bool(event.pk)
    waits = is_written and event.status == BillingEvent.Status.PENDING
    through = max(scale.through, event.day)
    found = reckon([scale.line.payer_id], event.marketplace_id, through, also=() if waits else [event])
    if event.key in found.unknown:
        raise CannotTell(company=scale.line.payer.name)
    return found.events.get(event.key, 0)


def _known(amount: int | None, scale: Scale) -> int:
    if amount is None:
        raise CannotTell(company=scale.line.payer.name)
    return amount
