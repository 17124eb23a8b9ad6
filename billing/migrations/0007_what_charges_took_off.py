"""Charges of earlier releases say what they took of which fixed discount and for which place, as new ones do.

Fees and orders name their discounts in their steps; for usage, whose step has only a sum, they are worked out again as
they were then: percentages of the price, then fixed amounts, of what the count came to less what it came to before.
"""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import migrations

from core.lifting import lifted
from core.money import EXACT, round_half_up
from subscriptions.periods import period_holding


def tell(apps: Any, schema_editor: Any) -> None:
    charges = apps.get_model("billing", "Charge").objects
    rows = charges.filter(invoice_line__discount__gt=0).order_by("pk")
    rows = rows.select_related("invoice_line", "event", "subscription", "terms__plan__edition")
    granted = _Granted(apps)
    with lifted(schema_editor, "charge_is_frozen", may_change={"billing_charge": ["how"]}):
        for row in rows.iterator(chunk_size=2000):
            off = [] if "off" in row.how else granted.off(row)
            if off:
                charges.filter(pk=row.pk).update(how={**row.how, "off": off})


class _Granted:
    """The discounts of all marketplaces, and the anchors of subscriptions as they are asked for."""

    def __init__(self, apps: Any) -> None:
        self.terms = apps.get_model("subscriptions", "SubscriptionTerms").objects
        self.all: dict[int, Any] = apps.get_model("subscriptions", "Discount").objects.in_bulk()
        self.by_market: dict[int, list[Any]] = defaultdict(list)
        for each in sorted(self.all.values(), key=lambda one: (one.rate is None, str(one.pk))):
            self.by_market[each.marketplace_id].append(each)

    def off(self, row: Any) -> list[tuple[int, str, int]]:
        """Of each fixed discount that the charge took: its key, its place and the amount in minor units."""
        if row.counted == "pieces":
            named = [(each, amount) for each, amount in self.named(row) if is_general(each)]
            first = row.event.day if row.event else None
        else:
            named = self.named(row) if row.counted == "days" else self.reckoned(row)
            first = self.period_first(row)
        return [
            (each.pk, (first.replace(day=1) if is_general(each) else first).isoformat(), amount)
            for each, amount in named
            if first and amount > 0
        ]

    def named(self, row: Any) -> list[tuple[Any, int]]:
        steps = [step for step in row.how["steps"] if step[0] == "discount" and step[3] is not None]
        return [(self.all[step[1]], step[4]) for step in steps if step[1] in self.all]

    def reckoned(self, row: Any) -> list[tuple[Any, int]]:
        step = next((step for step in row.how["steps"] if step[0] == "usage"), None)
        if step is None or row.terms is None:
            return []
        held = self.held(row)
        before, after = (taken(max(0, amount), held) for amount in (step[4], step[5]))
        left, found = row.invoice_line.discount, []
        for each, old, new in zip(held, before, after, strict=True):
            part = min(max(0, new - old), left)
            left -= part
            if each.fixed is not None:
                found.append((each, part))
        return found

    def held(self, row: Any) -> list[Any]:
        """Those that held for the charge's plan when its period began, in the order in which they are taken."""
        plan, day = row.terms.plan, max(row.first, row.subscription.started_on)
        return [
            each
            for each in self.by_market[row.marketplace_id]
            if each.company_id in (None, row.subscription.company_id)
            and (each.first is None or each.first <= day)
            and (each.last is None or day <= each.last)
            and each.product_id in (None, plan.edition.product_id)
            and each.edition_id in (None, plan.edition_id)
            and each.plan_id in (None, plan.pk)
        ]

    def period_first(self, row: Any) -> date | None:
        """The first day of the period that the charge lies in; a charge after a change begins later."""
        if row.counted == "amount" or row.terms is None or row.first is None:
            first: date | None = row.first
            return first
        anchor = row.subscription.anchor
        until = row.terms.day, row.terms.position
        for day, position, new in self.terms.filter(
            subscription_id=row.subscription_id, anchor__isnull=False
        ).values_list("day", "position", "anchor").order_by("day", "position"):
            if (day, position) <= until:
                anchor = new
        return period_holding(row.first, anchor, row.terms.plan.months).first


def is_general(discount: Any) -> bool:
    """Whether it is for whatever an account buys; then a place is a month."""
    return discount.product_id is None and discount.edition_id is None and discount.plan_id is None


def taken(amount: int, discounts: list[Any]) -> list[int]:
    """What each discount takes off usage of ``amount`` minor units, the last being cut."""
    left, found = amount, []
    for each in discounts:
        size = each.fixed if each.rate is None else round_half_up(EXACT.multiply(Decimal(str(each.rate)), amount))
        found.append(min(size, left))
        left -= found[-1]
    return found


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_events_that_wait_for_a_second_person"), ("subscriptions", "0001_initial")]

    operations = [migrations.RunPython(tell, migrations.RunPython.noop)]
