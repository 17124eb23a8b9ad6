"""What is agreed and not invoiced yet: the subscriptions and events that will be charged within a window."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from billing.models import BillingEvent
from subscriptions.models import Subscription

STANDING = (BillingEvent.Status.PENDING, BillingEvent.Status.ASKED, BillingEvent.Status.FAILED)
"""Events that somebody bought something by, until they are billed or ended: one that failed is still owed."""


def due_subscriptions(accounts: QuerySet[Any] | Sequence[int], through: date) -> QuerySet[Subscription]:
    """Those of balance accounts with something due through a day."""
    return Subscription.objects.filter(account__in=accounts, due_on__lte=through)


def standing_events(accounts: QuerySet[Any] | Sequence[int], through: date) -> QuerySet[BillingEvent]:
    """Events of balance accounts that are not billed, through a day."""
    return BillingEvent.objects.filter(account__in=accounts, status__in=STANDING, day__lte=through)


def is_unknown(through: date) -> Q:
    """Of subscriptions and pending events: what they will be charged is not kept for that day."""
    return Q(committed__isnull=True) | Q(committed_until__isnull=True) | ~Q(committed_until=through)


def unknown_subscriptions(payer_ids: Sequence[int], through: date) -> QuerySet[Subscription]:
    """Those due through a day whose charges are not kept for it."""
    due = Subscription.objects.filter(account__payer_id__in=payer_ids, due_on__lte=through)
    return due.filter(is_unknown(through)).only("pk")


def unknown_events(payer_ids: Sequence[int], through: date) -> QuerySet[BillingEvent]:
    """Those that wait for a run whose charges are not kept for that day."""
    waiting = BillingEvent.objects.pending().filter(account__payer_id__in=payer_ids, day__lte=through)
    return waiting.filter(is_unknown(through)).only("pk", "key")
