"""The terms of a subscription that hold on a day, and the period that they put it in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol, TypeVar

from subscriptions.domain.pricing import Model, Pricing, Tier, price_of
from subscriptions.models import Plan, Subscription, SubscriptionTerms
from subscriptions.periods import DAY, Days, period_holding


class Dated(Protocol):
    """Terms, or a few values of theirs."""

    @property
    def day(self) -> date:
        """From when on they hold."""

    @property
    def position(self) -> int:
        """Their place in the history."""


T = TypeVar("T", bound=Dated)


@dataclass(frozen=True, slots=True)
class TermsInForce:
    """What holds on a day: the terms, and the period of theirs that holds it."""

    terms: SubscriptionTerms
    period: Days
    anchor: date

    @property
    def next_cycle(self) -> date:
        """The first day of the next period."""
        return self.period.last + DAY


def history(subscription: Subscription) -> list[SubscriptionTerms]:
    """All terms, oldest first, with their plans."""
    rows = SubscriptionTerms.objects.filter(subscription=subscription).select_related("plan__edition__product")
    return list(rows.order_by("position"))


def in_force(terms: Sequence[T], day: date) -> T:
    """The terms in force on ``day``; the first ones before the subscription begins."""
    begun = [each for each in terms if each.day <= day]
    return max(begun, key=lambda each: (each.day, each.position)) if begun else terms[0]


def terms_on(subscription: Subscription, terms: Sequence[SubscriptionTerms], day: date) -> TermsInForce:
    """The terms in force on ``day``; the first ones before the subscription begins."""
    begun = sorted((each for each in terms if each.day <= day), key=lambda each: (each.day, each.position))
    found = in_force(terms, day)
    anchors = [each.anchor for each in begun if each.anchor] or [subscription.anchor]
    anchor = found.anchor or anchors[-1]
    return TermsInForce(found, period_holding(max(day, subscription.started_on), anchor, found.plan.months), anchor)


def pricing_of(model: str, tiers: Sequence[Sequence[str | None]]) -> Pricing:
    """A stored price. Raises ValueError for tiers that could not price every quantity."""
    steps = [Tier(None if upto is None else Decimal(upto), Decimal(str(price))) for upto, price in tiers]
    named: dict[str, Model] = {"flat": "flat", "unit": "unit", "tiered": "tiered", "volume": "volume"}
    return Pricing(named[model], tuple(steps))


def price_a_month(plan: Plan, quantity: Decimal) -> Decimal:
    """What a quantity costs for a month, in major units; tells an upgrade from a downgrade."""
    return price_of(pricing_of(plan.model, plan.tiers), quantity)[0] / plan.months
