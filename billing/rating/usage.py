"""Usage: what a period's records come to, less what was charged of it before.

The price of a period's usage is that of its whole count under a plan, so tiers are crossed upwards and, by negative
records, downwards, and seats change nothing. More than was charged is a charge; less gives back the period's usage
charges, the latest first, with their own discounts and rates. What goes below zero has no charge to undo and is a
credit of its own. A record that is refused counts nothing. Products priced by volume take neither negative records nor
records of a period that was rated before: each would price all units again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from billing.rating.contracts import Metered
from billing.rating.counts import Count, counts_of, places, plan_key, reckon
from billing.rating.credits import each_of, give_back_part, undo
from billing.rating.discounts import Discount, Off, Taken, holding, offs, take
from billing.rating.events import Event, event_day
from billing.rating.items import Key
from billing.rating.lines import (
    AMOUNT_OUT_OF_RANGE,
    COUNTED,
    INCOMPLETE,
    NO_SOURCE,
    NOT_METERED,
    NOT_SUBSCRIBED,
    VOLUME_LATE,
    VOLUME_NEGATIVE,
    Step,
    Unbilled,
)
from billing.rating.proration import used
from billing.rating.taxes import charge_taxes
from billing.rating.worksheet import Opened, Worksheet
from core.money import EXACT, MAX_AMOUNT, round_half_up
from subscriptions.domain.pricing import ONE, ZERO, price_of
from subscriptions.periods import Days

Record = tuple[Event, Count]


def rate_usage(sheet: Worksheet, events: Sequence[Event]) -> None:
    """Rate the usage records of a contract, period by period; each period's lines bear its first record's key."""
    together: dict[tuple[date, date], tuple[list[Count], list[Record]]] = {}
    for event in events:
        place = _place_of(sheet, event)
        if place:
            at, period = place
            found = places(sheet.spans, at, period)
            first = found[0][0].first, found[0][1].first
            counts, records = together.setdefault(first, (counts_of(sheet.contract, found), []))
            plan = plan_key(sheet.spans[at].terms.plan)
            records.append((event, next(c for c in counts if (c.plan, c.period.first) == (plan, period.first))))
    for _, (counts, records) in sorted(together.items(), key=lambda each: each[0][1]):
        _rate_together(sheet, counts, _without_corrections(sheet, records))


def _place_of(sheet: Worksheet, event: Event) -> tuple[int, Days] | None:
    day = event_day(event, sheet.rules)
    at = next((number for number, span in enumerate(sheet.spans) if span.first <= day <= span.last), None)
    if event.quantity is None:
        _refuse(sheet, event, INCOMPLETE)
    elif at is None:
        _refuse(sheet, event, NOT_SUBSCRIBED)
    elif sheet.spans[at].terms.plan.usage is None:
        _refuse(sheet, event, NOT_METERED)
    else:
        return at, sheet.spans[at].period(day)
    return None


def _refuse(sheet: Worksheet, event: Event, reason: str, amount: int = 0) -> None:
    sheet.rated.unbilled.append(Unbilled(event.key, reason, amount))


def _without_corrections(sheet: Worksheet, records: Iterable[Record]) -> list[Record]:
    fine: list[Record] = []
    for event, count in records:
        late = count.known is not None and count.known.quantity > 0
        if count.pricing.model == "volume" and (late or _size(event) < 0):
            _refuse(sheet, event, VOLUME_LATE if late else VOLUME_NEGATIVE)
        else:
            fine.append((event, count))
    return fine


def _size(event: Event) -> Decimal:
    return event.quantity or ZERO


def _rate_together(sheet: Worksheet, counts: Sequence[Count], records: Sequence[Record]) -> None:
    """Charge or credit each count what it owes more or less; all records count, or those refused count nothing."""
    if not records:
        return
    reckon(counts, [(count, _size(event)) for event, count in records])
    owing = [(count, _paid(sheet, count), round_half_up(_price(sheet, count, count.after))) for count in counts]
    if any(max(abs(paid), abs(owed), abs(owed - paid)) > MAX_AMOUNT for _, paid, owed in owing):
        for event, _ in records:
            _refuse(sheet, event, AMOUNT_OUT_OF_RANGE)
        return
    lost = sum(_lost(sheet, count, paid - owed) for count, paid, owed in owing)
    if lost:
        _rate_together(sheet, counts, _without_those_that_ask_back(sheet, records, lost))
        return
    sheet.begin(records[0][0])
    made = len(sheet.rated.charges) + len(sheet.rated.credits)
    for count, paid, owed in owing:
        own = sum(each is count for _, each in records)
        _settle(sheet, count, own, len(records), paid, owed)
    sheet.rated.counted.update((event.key, (count.plan, count.period.first)) for event, count in records)
    if made == len(sheet.rated.charges) + len(sheet.rated.credits):
        for event, _ in records:
            _refuse(sheet, event, COUNTED)


def _without_those_that_ask_back(sheet: Worksheet, records: Sequence[Record], lost: int) -> list[Record]:
    """Refuse the records below zero, or all of them where none is; the others are left."""
    back = any(_size(event) < 0 for event, _ in records)
    for event, _ in records:
        if not back or _size(event) < 0:
            _refuse(sheet, event, NO_SOURCE, lost)
    return [(event, count) for event, count in records if back and _size(event) >= 0]


def _settle(sheet: Worksheet, count: Count, own: int, records: int, paid: int, owed: int) -> None:
    step: Step = (
        "usage", own or records, count.before, count.after, paid, owed, count.pricing.model,
        price_of(count.pricing, count.after)[1],
    )  # fmt: skip
    below, discount = 0, 0
    if owed > paid:
        _charge(sheet, count, step, paid, owed)
    elif owed < paid:
        below, discount = _credit(sheet, count, step, paid, owed)
    if own or below:
        sheet.rated.metered.append(
            Metered(
                count.plan, count.period.first, count.added - count.taken, count.taken, count.credited + below,
                count.discount + discount,
            )
        )  # fmt: skip


def _price(sheet: Worksheet, count: Count, quantity: Decimal) -> Decimal:
    """What a quantity costs before discounts, in minor units, not rounded; a flat price is that of any use at all."""
    if count.pricing.model == "flat" and quantity <= 0:
        return ZERO
    return EXACT.scaleb(price_of(count.pricing, quantity)[0], sheet.rules.exponent)


def _sources(sheet: Worksheet, count: Count) -> list[Opened]:
    """The usage charges of this count, the latest first."""
    own = {terms.key for terms in sheet.contract.terms if plan_key(terms.plan) == count.plan}
    keys = [
        each.key for each in sheet.contract.charged
        if each.counted == "amount" and each.terms in own and each.first == count.period.first
    ]  # fmt: skip
    return [source for key in reversed(keys) if (source := sheet.open_any(key))]


def _kept(source: Opened) -> int:
    return int(source.charged.whole - source.undone)


def _paid(sheet: Worksheet, count: Count) -> int:
    """What was charged of this count and not given back, less what was given below zero; before discounts."""
    return sum(_kept(source) for source in _sources(sheet, count)) - count.credited


def _parts(sheet: Worksheet, count: Count, back: int) -> list[tuple[Opened, int]]:
    """How much of each charge ``back`` undoes."""
    found = []
    for source in _sources(sheet, count):
        part = min(back, _kept(source))
        if part > 0:
            back -= part
            found.append((source, part))
    return found


def _lost(sheet: Worksheet, count: Count, back: int) -> int:
    """What can't be given back of ``back`` when nothing else can be: its charges are on voided invoices."""
    parts = _parts(sheet, count, max(back, 0))
    lost = sum(part for source, part in parts if source.charged.void)
    return lost if lost == max(back, 0) else 0


def _discounts(sheet: Worksheet, count: Count) -> list[Discount]:
    day = max(count.period.first, sheet.contract.terms[0].day)
    return holding(sheet.contract.discounts, count.terms.plan.item, day)


def _charge(sheet: Worksheet, count: Count, step: Step, paid: int, owed: int) -> None:
    """Charge what is owed more; discounts are taken of the whole period, less what its charges have of them."""
    discounts = _discounts(sheet, count)
    discount, off = 0, tuple[Off, ...]()
    how: tuple[Step, ...] = (step,)
    if discounts:
        own = {source.charged.key for source in _sources(sheet, count)}
        first, price = count.period.first, _price(sheet, count, count.after)
        whole, taken = _discount(price, discounts, sheet.left(discounts, first, but=own))
        given = _given(sheet, count)
        discount = min(max(whole - given, 0), owed - paid)
        off = _more(sheet, offs(taken, discounts, first), own, discount)
        how = (step, ("discounts", whole, given, discount))
    quantity, each = each_of(owed - paid, count.after - count.before, sheet.rules.exponent)
    terms = count.terms
    sheet.charge(
        owed - paid, item=terms.plan.item, terms=terms.key, counted="amount", whole=owed - paid,
        quantity=quantity, unit_price=each, days=count.period, how=how, discount=discount, off=off,
    )  # fmt: skip


def _discount(price: Decimal, discounts: list[Discount], most: Mapping[Key, int]) -> tuple[int, Sequence[Taken]]:
    """What discounts take off a period's usage (minor units, not rounded); below zero only percentages do.

    ``most`` is what the fee and other plans of the period left of fixed amounts.
    """
    if price >= 0:
        return take(price, discounts, most=most)
    return -take(-price, [discount for discount in discounts if discount.rate is not None])[0], ()


def _more(sheet: Worksheet, whole: Sequence[Off], own: Collection[Key], discount: int) -> tuple[Off, ...]:
    """What a new charge with ``discount`` takes of fixed amounts, where the whole count takes ``whole``."""
    found: list[Off] = []
    for each in whole:
        had = sheet.off(each.key, each.place) - sheet.off(each.key, each.place, but=own)
        amount = min(max(0, each.amount - had), discount)
        discount -= amount
        if amount:
            found.append(each._replace(amount=amount))
    return tuple(found)


def _given(sheet: Worksheet, count: Count) -> int:
    """The discount inside what is left of the period's usage charges, less that inside what was given below zero."""
    return -count.discount + sum(
        _kept(source) - used(source.charged.net, source.charged.whole, source.undone)
        for source in _sources(sheet, count)
    )


def _credit(sheet: Worksheet, count: Count, step: Step, paid: int, owed: int) -> tuple[int, int]:
    """Give back what is owed less, of the period's charges first; returns what is below zero, and its discount."""
    back = paid - owed
    for source, part in _parts(sheet, count, back):
        back -= part
        if source.charged.void:
            _leave(sheet, source, part)
        else:
            quantity = count.before - count.after if part == paid - owed else ONE
            give_back_part(sheet, source, part, quantity=quantity)
    return (back, _credit_below_zero(sheet, count, step, back)) if back else (0, 0)


def _leave(sheet: Worksheet, source: Opened, part: int) -> None:
    """Count a part of a voided charge as given back: it is settled, and there is nothing to credit."""
    before = used(source.charged.net, source.charged.whole, source.undone)
    undo(sheet, source, part)
    after = used(source.charged.net, source.charged.whole, source.undone)
    sheet.refuse(NO_SOURCE, amount=before - after, source=source.charged.key)


def _credit_below_zero(sheet: Worksheet, count: Count, step: Step, own: int) -> int:
    """Credit what no charge stands for; returns the discount inside it."""
    item, discounts = count.terms.plan.item, _discounts(sheet, count)
    own_charges = {source.charged.key for source in _sources(sheet, count)}
    most = sheet.left(discounts, count.period.first, but=own_charges)
    whole, _ = _discount(_price(sheet, count, count.after), discounts, most)
    discount = min(max(_given(sheet, count) - whole, 0), own)
    if own > discount:
        how = (step, ("discounts", discount, 0, discount)) if discount else (step,)
        below = min(count.before, ZERO) - min(count.after, ZERO)
        quantity, each = each_of(own - discount, below, sheet.rules.exponent)
        sheet.credit(
            own - discount, account=sheet.contract.account, source=None, item=item, quantity=quantity,
            unit_price=each, days=count.period, taxes=charge_taxes(own - discount, sheet.rates(item)), how=how,
            undone=own,
        )  # fmt: skip
    return discount
