"""Charges for days: purchase, recurring charge, change and cancellation.

All of them follow one rule. The contract's history says which terms hold on which day; charges made before cover days.
A recurring charge fills the days of its period that nothing covers. A change first cuts the charges that reach into
the days of its terms but were made under others, then fills those days again, as far as charges had reached (further
days wait for their recurring charge). A cancellation cuts what lies behind the last day owed. Since the history
decides, a late event, a change made twice in a period or on one day, or events in another order give nothing twice.
"""

from collections.abc import Sequence
from datetime import date

from billing.rating.credits import cut_days
from billing.rating.discounts import Off, holding, offs, take
from billing.rating.items import Key
from billing.rating.lines import ALREADY_CHARGED, ENDED, NO_TERMS, NOT_SUBSCRIBED, REPLACED, Step
from billing.rating.proration import price_each, prorated
from billing.rating.timeline import Span
from billing.rating.worksheet import Worksheet, kept_days
from core.money import EXACT
from subscriptions.domain.pricing import ONE, price_of
from subscriptions.periods import DAY, Days, gaps


def charge_purchase(sheet: Worksheet) -> None:
    """Charge the first period of a subscription in advance; in arrears there is nothing yet."""
    terms = sheet.contract.terms
    if not terms:
        sheet.refuse(NO_TERMS)
    elif terms[0].plan.in_advance:
        charge_period(sheet, terms[0].day)


def charge_period(sheet: Worksheet, day: date) -> None:
    """Charge the days of the period holding ``day`` that are owed and not charged yet."""
    asked = sheet.span_of(day) or _last_begun(sheet, day)
    if asked is None:
        terms = sheet.contract.terms
        sheet.refuse(ENDED if terms and terms[0].day <= day else NOT_SUBSCRIBED)
        return
    spans = sheet.spans
    if len(spans) > 1:
        spans = [span for span in spans if span.cycle == asked.cycle]
    if not _fill(sheet, spans, asked.period(day)):
        sheet.refuse(ALREADY_CHARGED)


def _last_begun(sheet: Worksheet, day: date) -> Span | None:
    """The last span, when ``day`` is in the period in which it ended."""
    last = sheet.spans[-1] if sheet.spans else None
    return last if last and last.last < day <= last.period(last.last).last else None


def change(sheet: Worksheet) -> None:
    """Move charges made under other terms over to the terms that the event agreed."""
    key = sheet.event.key
    span = before = None
    for each in sheet.spans:
        if each.terms.key == key:
            span = each
            break
        before = each
    if span is None:
        known = any(terms.key == key for terms in sheet.contract.terms)
        sheet.refuse(REPLACED if known else NO_TERMS)
        return
    reached = span.first - DAY
    for charged in sheet.contract.charged:
        if charged.counted == "days" and charged.first and charged.last:
            reached = max(reached, charged.last)
            if charged.terms != key and charged.first <= span.last:
                _cut(sheet, charged.key, span.first)
    if before and before.cycle != span.cycle:
        _change_cycle(sheet, before, span)
    else:
        _fill(sheet, [span], Days(span.first, reached))


def _change_cycle(sheet: Worksheet, before: Span, span: Span) -> None:
    """End the old cycle, where it was charged in arrears, and begin the new one, where it is charged in advance."""
    if not before.terms.plan.in_advance:
        _fill(sheet, [before], before.period(before.last))
    if span.terms.plan.in_advance:
        _fill(sheet, [span], span.period(span.first))


def cancel(sheet: Worksheet) -> None:
    """Give back every charged day that is no longer owed."""
    if sheet.contract.cancellation is None or not sheet.contract.terms:
        sheet.refuse(NO_TERMS)
        return
    ended = sheet.spans[-1].last + DAY if sheet.spans else sheet.contract.terms[0].day
    for charged in sheet.contract.charged:
        _cut(sheet, charged.key, ended)


def _cut(sheet: Worksheet, key: Key, first: date) -> None:
    """End a charge before ``first``, if it covers that day or a later one."""
    source = sheet.open(key)
    if source is None:
        return
    kept = kept_days(source.charged, source.undone)
    if kept and kept.last >= first:
        last = first - DAY
        sheet.covered.remove(kept)
        cut_days(sheet, source, last)
        if kept.first < first:
            sheet.covered.append(Days(kept.first, last))


def _fill(sheet: Worksheet, spans: Sequence[Span], days: Days) -> bool:
    """Charge every day of ``days`` in these spans that nothing covers; whether there was any."""
    found = False
    for span in spans:
        first, last = max(days.first, span.first), min(days.last, span.last)
        while first <= last:
            period = span.period(first)
            whole = first == period.first and period.last <= last
            part = period if whole else Days(first, min(period.last, last))
            for gap in gaps(part, sheet.covered) if sheet.covered else (part,):
                _charge_days(sheet, span, period, gap)
                found = True
            first = period.last + DAY
    return found


def _charge_days(sheet: Worksheet, span: Span, period: Days, days: Days) -> None:
    """Charge the price of the period for some of its days, with the discounts of the period."""
    terms, contract = span.terms, sheet.contract
    plan = terms.plan
    pricing, item = plan.pricing, plan.item
    price, parts = price_of(pricing, terms.quantity)
    of = period.length
    count = of if days is period else days.length
    amount = prorated(price, count, of, sheet.rules.exponent)
    quantity = ONE if pricing.model == "flat" else terms.quantity
    how: tuple[Step, ...] = (("price", pricing.model, parts, price),)
    if count == of and len(parts) == 1:
        each = parts[0][1]
    else:
        each = price_each(price, quantity, count, of)
        how = (*how, ("days", count, of, amount))
    discount, off = 0, tuple[Off, ...]()
    if contract.discounts:
        held = holding(contract.discounts, item, max(period.first, contract.terms[0].day))
        most = sheet.left(held, period.first)
        discount, taken = take(price.scaleb(sheet.rules.exponent, EXACT), held, days=count, of=of, most=most)
        how, off = (*how, *[("discount", *each) for each in taken]), offs(taken, held, period.first)
    sheet.charge(amount, item, "days", count, quantity, each, days, how, terms.key, discount=discount, off=off)
    sheet.covered.append(days)
