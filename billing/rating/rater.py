"""The one door to rating: a contract's events in, its lines out."""

from collections.abc import Callable, Iterable

from billing.rating import events as kinds
from billing.rating.contracts import Contract, Rules
from billing.rating.events import Event, event_day, in_order
from billing.rating.lines import UNKNOWN_KIND, Rated
from billing.rating.orders import charge_order, correct, refund
from billing.rating.recurring import cancel, change, charge_period, charge_purchase
from billing.rating.sheet import Sheet
from billing.rating.usage import rate_usage


def _recurring(sheet: Sheet) -> None:
    charge_period(sheet, event_day(sheet.event, sheet.rules))


VERBS: dict[str, Callable[[Sheet], None]] = {
    kinds.PURCHASE: charge_purchase,
    kinds.RECURRING: _recurring,
    kinds.UPGRADE: change,
    kinds.DOWNGRADE: change,
    kinds.CANCELLATION: cancel,
    kinds.ORDER: charge_order,
    kinds.CORRECTION: correct,
    kinds.REFUND: refund,
}


def rate(contract: Contract, events: Iterable[Event], rules: Rules) -> Rated:
    """Turn all events that a run has for one contract into lines.

    The order of ``events`` is nothing. What cannot be billed is in ``unbilled``; nothing is raised for an event's
    content, only for one without a day (ValueError).
    """
    sheet = Sheet(contract, rules)
    usage: list[Event] = []
    for event in in_order(list(events), rules):
        verb = VERBS.get(event.kind)
        if event.kind == kinds.USAGE:
            usage.append(event)
            continue
        sheet.begin(event)
        if verb:
            verb(sheet)
        else:
            sheet.refuse(UNKNOWN_KIND)
    if usage:
        rate_usage(sheet, usage)
    return sheet.rated
