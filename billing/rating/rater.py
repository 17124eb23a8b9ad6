"""The one door to rating: a contract's events in, its lines out."""

from collections.abc import Callable, Iterable

from billing.rating import events as kinds
from billing.rating.contracts import Contract, Rules
from billing.rating.events import Event, event_day, in_order
from billing.rating.lines import INCOMPLETE, UNKNOWN_KIND, Rated
from billing.rating.orders import charge_order, correct, refund
from billing.rating.recurring import cancel, change, charge_period, charge_purchase
from billing.rating.usage import rate_usage
from billing.rating.worksheet import Worksheet


def _recurring(sheet: Worksheet) -> None:
    charge_period(sheet, event_day(sheet.event, sheet.rules))


def _with_a_day(sheet: Worksheet, events: Iterable[Event]) -> list[Event]:
    """The events that have a day; the others are refused."""
    found: list[Event] = []
    for event in events:
        if event.day is None and (event.at is None or event.at.tzinfo is None):
            sheet.begin(event)
            sheet.refuse(INCOMPLETE)
        else:
            found.append(event)
    return found


VERBS: dict[str, Callable[[Worksheet], None]] = {
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

    The order of ``events`` is nothing. Nothing is raised for what an event says: what cannot be billed is in
    ``unbilled``. Raises TaxNotDetermined when a line would bear taxes that nothing says; then nothing is rated. Days
    and figures must be such as the product stores (years of four digits, finite Decimals).
    """
    sheet = Worksheet(contract, rules)
    usage: list[Event] = []
    for event in in_order(_with_a_day(sheet, events), rules):
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
