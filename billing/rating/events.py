"""Billing events: the facts that rating turns into lines, and the one order in which it looks at them.

Events of a run are put into this order whatever order they came in: by kind, then what names no charge
before what does, then day, moment and key. So what makes a charge goes before what corrects it, in one run too.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from billing.rating.contracts import Rules
from billing.rating.items import Item, Key
from subscriptions.domain.pricing import Pricing
from subscriptions.periods import day_of

PURCHASE, RECURRING, UPGRADE, DOWNGRADE = "purchase", "recurring", "upgrade", "downgrade"
CANCELLATION, USAGE, ORDER, CORRECTION, REFUND = "cancellation", "usage", "order", "correction", "refund"
KINDS = (PURCHASE, RECURRING, UPGRADE, DOWNGRADE, CANCELLATION, USAGE, ORDER, CORRECTION, REFUND)
RANK = {kind: rank for rank, kind in enumerate(KINDS)} | {DOWNGRADE: 2}
LAST = len(KINDS)


class Event(NamedTuple):
    """One event. It has a moment, a day of the marketplace, or both (then the day counts).

    - purchase, upgrade, downgrade: the contract's terms with this event's key say what was agreed;
    - recurring: ``day`` is any day of the period to charge;
    - cancellation: the contract says when and how;
    - usage: ``quantity`` of the record, negative too, on its own day;
    - order: ``item``, ``pricing`` and ``quantity``;
    - correction: ``amount`` (net, minor units) or ``quantity``, negative to credit; of ``source`` where it is known,
      else of ``item``;
    - refund: ``amount`` (net, minor units) of ``source``, or all that is left.

    ``standing`` are the numbers of its lines that stand, where others of them are billed again.
    """

    key: Key
    kind: str
    at: datetime | None = None
    day: date | None = None
    quantity: Decimal | None = None
    amount: int | None = None
    source: Key | None = None
    item: Item | None = None
    pricing: Pricing | None = None
    standing: frozenset[int] = frozenset()


def event_day(event: Event, rules: Rules) -> date:
    """The marketplace's day of an event. Raises ValueError when it has neither a day nor a moment with a zone."""
    if event.day is not None:
        return event.day
    if event.at is None:
        raise ValueError(f"event {event.key} has no day")
    return day_of(event.at, rules.zone)


def in_order(events: list[Event], rules: Rules) -> list[Event]:
    """The order in which a run looks at events of one contract."""
    if len(events) == 1:
        return events

    def place(event: Event) -> tuple[int, bool, date, float, str]:
        moment = event.at.timestamp() if event.at else 0.0
        named = event.source is not None
        return RANK.get(event.kind, LAST), named, event_day(event, rules), moment, str(event.key)

    return sorted(events, key=place)
