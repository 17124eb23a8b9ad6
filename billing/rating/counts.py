"""Counts of usage: one for each plan and period, and which of them settle together.

Records are counted where their day lies. A period that a change of plan cuts goes on under the next plan, so the counts
of both belong together: what is taken back under the later plan comes off the earlier one first, and goes below zero
where it was recorded. That is worked out from sums, so it does not matter when which record is heard of.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from billing.rating.contracts import Contract, Metered, Plan, Terms
from billing.rating.items import Key
from billing.rating.timeline import Span
from subscriptions.domain.pricing import ZERO, Pricing
from subscriptions.periods import Days

Place = tuple[Span, Days]


@dataclass(slots=True)
class Count:
    """Usage of one plan in one period. ``added`` and ``taken`` are the sums of its records above and below zero.

    ``before`` and ``after`` are what is left to pay for: as rated, and with the records of this run.
    """

    terms: Terms
    period: Days
    pricing: Pricing
    known: Metered | None
    added: Decimal = ZERO
    taken: Decimal = ZERO
    before: Decimal = ZERO
    after: Decimal = ZERO

    @property
    def plan(self) -> Key:
        """The plan's key."""
        return plan_key(self.terms.plan)

    @property
    def credited(self) -> int:
        """What was given below zero, in minor units before discount."""
        return self.known.credited if self.known else 0

    @property
    def discount(self) -> int:
        """What discounts took of that."""
        return self.known.discount if self.known else 0


def plan_key(plan: Plan) -> Key:
    """What names a plan."""
    return plan.item.plan if plan.item.plan is not None else plan.item.product


def places(spans: Sequence[Span], at: int, period: Days) -> list[Place]:
    """The periods that settle together with one of ``spans[at]``, the earliest first."""
    while at and period == spans[at].period(spans[at].first):
        before = spans[at - 1]
        cut = before.period(before.last)
        if cut.last < spans[at].first:
            break
        at, period = at - 1, cut
    found = [(spans[at], period)]
    for here, later in zip(spans[at:], spans[at + 1 :], strict=False):
        if here.period(here.last) != period or period.last < later.first:
            break
        period = later.period(later.first)
        found.append((later, period))
    return found


def first_day(spans: Sequence[Span], day: date) -> date | None:
    """The first day of what settles together with a day's usage; None when no terms hold on it."""
    for at, span in enumerate(spans):
        if span.first <= day <= span.last:
            return min(period.first for _, period in places(spans, at, span.period(day)))
    return None


def counts_of(contract: Contract, found: Iterable[Place]) -> list[Count]:
    """The counts at these places, in order; those of plans that the history no longer has there come first."""
    known = {(each.plan, each.period_first): each for each in contract.metered}
    counts: dict[tuple[Key, date], Count] = {}
    for span, period in found:
        place = plan_key(span.terms.plan), period.first
        if place not in counts and span.terms.plan.usage is not None:
            counts[place] = Count(span.terms, period, span.terms.plan.usage, known.get(place))
    firsts = {count.period.first: count.period for count in counts.values()}
    gone = [
        Count(terms, firsts[first], terms.plan.usage, each)
        for (plan, first), each in known.items()
        if (plan, first) not in counts and first in firsts
        for terms in [next((one for one in contract.terms if plan_key(one.plan) == plan), None)]
        if terms is not None and terms.plan.usage is not None
    ]
    return [*gone, *counts.values()]


def reckon(counts: Sequence[Count], records: Iterable[tuple[Count, Decimal]]) -> None:
    """Work out what each count leaves to pay for, before these records and after them."""
    for count in counts:
        known = count.known
        count.taken = known.taken if known else ZERO
        count.added = known.quantity + known.taken if known else ZERO
    for count, left in zip(counts, _left(counts), strict=True):
        count.before = left
    for count, quantity in records:
        if quantity < 0:
            count.taken -= quantity
        else:
            count.added += quantity
    for count, left in zip(counts, _left(counts), strict=True):
        count.after = left


def _left(counts: Sequence[Count]) -> list[Decimal]:
    """What is left of each count: what one takes back comes off the earliest that has any, then off itself."""
    left = [count.added for count in counts]
    for at, count in enumerate(counts):
        back = count.taken
        for earlier in range(at + 1):
            if counts[earlier].pricing.model != "volume":
                part = min(back, max(left[earlier], ZERO))
                left[earlier] -= part
                back -= part
        left[at] -= back
    return left
