"""Usage: what a period's records come to, less what was rated of it before.

The price of a period's usage is that of its whole quantity, so tiers are crossed upwards and, by negative records,
downwards. More than before is a charge; less gives back the period's usage charges, the latest first, with their own
discounts and rates. What goes below zero has no charge to undo and is a credit of its own. Products priced by volume
take neither negative records nor records of a period that was rated before: each would price all units again.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from billing.rating.contracts import Metered
from billing.rating.crediting import each_of, give_back_part
from billing.rating.discounts import Discount, holding, take
from billing.rating.events import Event, event_day
from billing.rating.items import Key
from billing.rating.lines import (
    AMOUNT_OUT_OF_RANGE,
    INCOMPLETE,
    NO_SOURCE,
    NOT_METERED,
    NOT_SUBSCRIBED,
    VOLUME_LATE,
    VOLUME_NEGATIVE,
    Step,
)
from billing.rating.proration import used
from billing.rating.sheet import Opened, Sheet
from billing.rating.taxes import charge_taxes
from billing.rating.timeline import Span
from core.money import EXACT, MAX_AMOUNT, round_half_up
from subscriptions.periods import Days
from subscriptions.pricing import ONE, ZERO, Pricing, price_of

Group = tuple[Span, Days, Pricing]


def rate_usage(sheet: Sheet, events: Sequence[Event]) -> None:
    """Rate the usage records of a contract, period by period; each period's lines bear its first record's key."""
    groups: dict[tuple[date, Key], tuple[Group, list[Event]]] = {}
    for event in events:
        sheet.begin(event)
        group = _group_of(sheet, event)
        if group:
            place = group[1].first, group[0].terms.key
            groups.setdefault(place, (group, []))[1].append(event)
    for _, (group, records) in sorted(groups.items(), key=lambda each: (each[0][0], str(each[0][1]))):
        _rate_period(sheet, group, records)


def _group_of(sheet: Sheet, event: Event) -> Group | None:
    day = event_day(event, sheet.rules)
    span = sheet.span_of(day)
    if event.quantity is None:
        sheet.refuse(INCOMPLETE)
    elif span is None:
        sheet.refuse(NOT_SUBSCRIBED)
    elif span.terms.plan.usage is None:
        sheet.refuse(NOT_METERED)
    else:
        return span, span.period(day), span.terms.plan.usage
    return None


def _rate_period(sheet: Sheet, group: Group, records: list[Event]) -> None:
    span, period, pricing = group
    key = span.terms.key
    rated = next(
        (m.quantity for m in sheet.contract.metered if m.terms == key and m.period_first == period.first), None
    )
    if pricing.model == "volume":
        records = _without_corrections(sheet, records, late=rated is not None)
    if not records:
        return
    sheet.begin(records[0])
    before = rated or ZERO
    after = sum((record.quantity for record in records if record.quantity), before)
    paid, owed = 0 if rated is None else _amount(sheet, pricing, before), _amount(sheet, pricing, after)
    if max(abs(paid), abs(owed)) > MAX_AMOUNT:
        for record in records:
            sheet.begin(record)
            sheet.refuse(AMOUNT_OUT_OF_RANGE)
        return
    sheet.rated.metered.append(Metered(key, period.first, after))
    step: Step = ("usage", len(records), before, after, paid, owed, pricing.model, price_of(pricing, after)[1])
    if owed > paid:
        _charge(sheet, group, step)
    elif owed < paid:
        _credit(sheet, group, step)


def _without_corrections(sheet: Sheet, records: list[Event], *, late: bool) -> list[Event]:
    fine: list[Event] = []
    for record in records:
        if late or (record.quantity or ZERO) < 0:
            sheet.begin(record)
            sheet.refuse(VOLUME_LATE if late else VOLUME_NEGATIVE)
        else:
            fine.append(record)
    return fine


def _amount(sheet: Sheet, pricing: Pricing, quantity: Decimal) -> int:
    return round_half_up(_price(sheet, pricing, quantity))


def _price(sheet: Sheet, pricing: Pricing, quantity: Decimal) -> Decimal:
    """What a quantity costs before discounts, in minor units, not rounded."""
    return EXACT.scaleb(price_of(pricing, quantity)[0], sheet.rules.exponent)


def _sources(sheet: Sheet, group: Group) -> list[Opened]:
    """The usage charges of this period and terms, the latest first."""
    key, first = group[0].terms.key, group[1].first
    keys = [
        each.key for each in sheet.contract.charged
        if each.counted == "amount" and each.terms == key and each.first == first
    ]  # fmt: skip
    return [source for each in reversed(keys) if (source := sheet.open(each))]


def _discounts(sheet: Sheet, group: Group) -> list[Discount]:
    day = max(group[1].first, sheet.contract.terms[0].day)
    return holding(sheet.contract.discounts, group[0].terms.plan.item, day)


def _charge(sheet: Sheet, group: Group, step: Step) -> None:
    """Charge what is owed more; discounts are taken of the whole period, less what its charges have of them."""
    _, _, before, after, paid, owed, *_ = step
    span, period, pricing = group
    discounts = _discounts(sheet, group)
    discount = 0
    how: tuple[Step, ...] = (step,)
    if discounts:
        whole = _discount(_price(sheet, pricing, after), discounts)
        given = _given(sheet, group) if paid >= 0 else _discount(_price(sheet, pricing, before), discounts)
        discount = min(max(whole - given, 0), owed - paid)
        how = (step, ("discounts", whole, given, discount))
    quantity, each = each_of(owed - paid, after - before, sheet.rules.exponent)
    sheet.charge(
        owed - paid, item=span.terms.plan.item, terms=span.terms.key, counted="amount", whole=owed - paid,
        quantity=quantity, unit_price=each, days=period, how=how, discount=discount,
    )  # fmt: skip


def _discount(price: Decimal, discounts: list[Discount]) -> int:
    """What discounts take off a period's usage (minor units, not rounded); below zero only percentages do."""
    if price >= 0:
        return take(price, discounts)[0]
    return -take(-price, [discount for discount in discounts if discount.rate is not None])[0]


def _given(sheet: Sheet, group: Group) -> int:
    """The discount inside what is left of the period's usage charges."""
    return sum(
        int(source.charged.whole - source.undone) - used(source.charged.net, source.charged.whole, source.undone)
        for source in _sources(sheet, group)
    )


def _credit(sheet: Sheet, group: Group, step: Step) -> None:
    """Give back what is owed less: the period's charges first, then what is below zero."""
    _, _, before, after, paid, owed, *_ = step
    undone = max(paid, 0) - max(owed, 0)
    for source in _sources(sheet, group):
        more = min(undone, int(source.charged.whole - source.undone))
        if more > 0:
            undone -= more
            give_back_part(sheet, source, more, quantity=before - after if more == paid - owed else ONE)
    if undone:
        sheet.refuse(NO_SOURCE, amount=undone)
    own = max(-owed, 0) - max(-paid, 0)
    if own > 0:
        _credit_below_zero(sheet, group, step, own)


def _credit_below_zero(sheet: Sheet, group: Group, step: Step, own: int) -> None:
    span, period, pricing = group
    item, discounts = span.terms.plan.item, _discounts(sheet, group)
    below = _price(sheet, pricing, min(step[2], ZERO))
    discount = _discount(below, discounts) - _discount(_price(sheet, pricing, step[3]), discounts)
    if own == discount:
        return
    how = (step, ("discounts", discount, 0, discount)) if discount else (step,)
    quantity, each = each_of(own - discount, min(step[2], ZERO) - step[3], sheet.rules.exponent)
    sheet.credit(
        own - discount, account=sheet.contract.account, source=None, item=item, quantity=quantity, unit_price=each,
        days=period, taxes=charge_taxes(own - discount, sheet.rates(item)), how=how,
    )  # fmt: skip
