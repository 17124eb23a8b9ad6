"""Bring back the day on which a subscription is due, so that a period is charged again."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from billing.models import Charge
from billing.queries.loading import spans_of
from billing.queries.price_book import PriceBook
from billing.rating.timeline import Span
from core import rows
from subscriptions.models import Subscription
from subscriptions.periods import DAY


class NextDue(NamedTuple):
    """The day on which a subscription is due next; None when nothing will be. What it will be charged is not known."""

    id: int
    due_on: date | None
    committed: int | None = None
    committed_until: date | None = None


def due_again(charges: Sequence[Charge]) -> None:
    """Let the periods of recurring charges be due again, as the history of their subscriptions has them now."""
    ids = {charge.subscription_id for charge in charges if charge.subscription_id}
    if not ids:
        return
    subscriptions = {row.pk: row for row in Subscription.objects.filter(pk__in=ids)}
    spans = spans_of(subscriptions, PriceBook(charges[0].marketplace_id))
    for charge in charges:
        row = subscriptions.get(charge.subscription_id or 0)
        due = _due(spans[row.pk], charge.first) if row and charge.first else None
        if row and due and (row.due_on is None or due < row.due_on):
            row.due_on = due
    rows.update(Subscription, [NextDue(row.pk, row.due_on) for row in subscriptions.values()])


def _due(spans: Sequence[Span], day: date) -> date | None:
    """When the period that holds a day is due; None when nothing is owed for it any more."""
    span = next((each for each in spans if each.first <= day <= each.last), None)
    if span is None:
        return None
    period = span.period(day)
    return max(period.first, spans[0].first) if span.terms.plan.in_advance else period.last + DAY
