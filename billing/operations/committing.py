"""What is agreed and not invoiced yet, kept beside subscriptions and events as the rater will charge it (ADR 68).

What is kept is good for one day and one window. Whatever changes a subscription or moves its due day forgets it in the
same transaction, so that nothing is counted twice; whoever needs it has it reckoned again, by the rater of the runs.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from billing.models import BillingEvent
from billing.operations.running.rating import rate_all
from billing.queries.commitments import unknown_events, unknown_subscriptions
from billing.queries.loading import load
from billing.queries.price_book import PriceBook
from billing.rating.events import RECURRING
from core import rows
from core.locking import claim
from subscriptions.models import Subscription

MOST = 20_000
"""Subscriptions or events of a payer that are reckoned at once."""


class _Kept(NamedTuple):
    id: int
    committed: int
    committed_until: date


@dataclass(slots=True)
class Reckoned:
    """What will be charged, with tax and less what the same event credits, in minor units; never below zero.

    ``subscriptions`` by id, ``events`` by key; ``unknown``: ids and keys that can't be rated, as their tax is not
    determined.
    """

    subscriptions: dict[int, int] = field(default_factory=dict)
    events: dict[str, int] = field(default_factory=dict)
    unknown: set[int | str] = field(default_factory=set)


def reckon(
    payer_ids: Sequence[int], marketplace_id: int, through: date, *, also: Iterable[BillingEvent] = ()
) -> Reckoned:
    """What a run through that day would charge these payers; ``also`` for events that nobody has written yet."""
    book = PriceBook(marketplace_id)
    loaded = load(payer_ids, book, through, also=also)
    outcome = rate_all(loaded, book)
    amounts: dict[str, int] = defaultdict(int)
    for bill in outcome.bills:
        for charged in bill.charges:
            amounts[str(charged.line.event)] += charged.line.net + charged.line.tax
        for line in (line for credited in bill.credits for line in credited.lines):
            amounts[str(line.event)] -= line.net + line.tax
    found = Reckoned()
    for work in loaded.works:
        recurring = [str(each.key) for each in work.events if each.kind == RECURRING]
        others = [str(each.key) for each in work.events if each.kind != RECURRING]
        if work.subscription is not None:
            found.subscriptions[work.subscription.pk] = sum(max(0, amounts[key]) for key in recurring)
        found.events |= {key: max(0, amounts[key]) for key in others}
        if work.owner.contract in outcome.waiting:
            found.unknown |= {*others, *([work.subscription.pk] if work.subscription else ())}
    return found


def keep_committed(payer_ids: Sequence[int], marketplace_id: int, through: date) -> None:
    """Store what is not known through that day, in the caller's transaction; what others hold stays unknown.

    It never waits for a lock: who changes a subscription goes on to the payer's credit line, which the caller may hold.
    """
    subscriptions = claim(unknown_subscriptions(payer_ids, through), MOST)
    events = claim(unknown_events(payer_ids, through), MOST)
    if not (subscriptions or events):
        return
    found = reckon(payer_ids, marketplace_id, through)
    rows.update(
        Subscription,
        [
            _Kept(row.pk, found.subscriptions.get(row.pk, 0), through)
            for row in subscriptions
            if row.pk not in found.unknown
        ],
    )
    rows.update(
        BillingEvent,
        [_Kept(row.pk, found.events.get(row.key, 0), through) for row in events if row.key not in found.unknown],
    )
