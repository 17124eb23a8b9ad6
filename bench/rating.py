"""Rating in lines per second and core, beside the bare arithmetic of the same lines.

Each subscription has one recurring charge; one in three has a 10 % discount, and one in three a downgrade in the
charged month as well (a credit and a charge). The bare side calls the same functions for price, proration, discount
and tax on the same figures and keeps only their sum: it leaves out deciding what is due, and the lines. CPU time.
"""

import gc
import sys
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from time import process_time
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent.parent))

from billing.rating import Contract, Discount, Event, Item, Plan, Rules, Terms, as_json, rate
from billing.rating.discounts import take
from billing.rating.lines import as_charged
from billing.rating.proration import prorated, used
from creditmemos.domain.part_credits import cumulative_tax
from invoices.domain.charging import TaxRate, tax_of
from subscriptions.domain.pricing import per_unit, price_of

ROUNDS = 5
START, MAY, CHANGE, JUNE = date(2026, 1, 1), date(2026, 5, 1), date(2026, 5, 5), date(2026, 6, 1)
PRICE = Decimal("31.00")
VAT = TaxRate("VAT", Decimal("0.19"))
RULES = Rules(currency="EUR", zone=ZoneInfo("Europe/Berlin"), taxes={("DE", ""): [VAT]})
PLAN = Plan(item=Item("suite"), pricing=per_unit(PRICE))
OFF = (Discount(key="off", rate=Decimal("0.1")),)
Work = tuple[Contract, list[Event]]


def contracts(count: int) -> list[Work]:
    """Subscriptions with what a run of June finds of them."""
    found: list[Work] = []
    for number in range(count):
        history = [Terms("start", START, PLAN, Decimal(15))]
        known = Contract(number, number % 7, "DE", terms=history, discounts=OFF if number % 3 == 1 else ())
        events = [Event(f"r{number}", "recurring", day=JUNE)]
        if number % 3 == 0:
            (may,) = rate(known, [Event(f"m{number}", "recurring", day=MAY)], RULES).charges
            history = [*history, Terms(f"d{number}", CHANGE, PLAN, Decimal(10))]
            known = known._replace(terms=history, charged=[as_charged(may)])
            events.append(Event(f"d{number}", "downgrade", day=CHANGE))
        found.append((known, events))
    return found


def rated(work: list[Work]) -> int:
    """All lines, kept as a run would keep those of a batch."""
    lines = 0
    for known, events in work:
        found = rate(known, events, RULES)
        lines += len(found.charges) + len(found.credits)
    return lines


def told(work: list[Work]) -> int:
    """The same, and how each line was worked out as JSON values."""
    lines = 0
    for known, events in work:
        found = rate(known, events, RULES)
        lines += len([as_json(line) for line in found.charges]) + len([as_json(line) for line in found.credits])
    return lines


def bare(work: list[Work]) -> int:
    """The figures of the same lines, added up."""
    lines = total = 0
    for known, events in work:
        total += _charge(known.terms[-1].quantity, 30, 30, known.discounts)
        lines += 1
        if len(events) > 1:
            total += _charge(known.terms[-1].quantity, 27, 31, known.discounts)
            total -= _credit(known.charged[0].net, known.charged[0].taxes[0].amount)
            lines += 2
    return lines


def _charge(quantity: Decimal, days: int, of: int, discounts: Sequence[Discount]) -> int:
    price = price_of(PLAN.pricing, quantity)[0]
    net = prorated(price, days, of, 2) - take(price.scaleb(2), discounts, days=days, of=of)[0]
    return net + tax_of(net, VAT.rate)


def _credit(net: int, tax: int) -> int:
    credit = net - used(net, 31, 27)
    return credit + cumulative_tax(net=net, tax=tax, credited_net=0, credited_tax=0, credit=credit)


def measure(name: str, verb: Callable[[list[Work]], int], work: list[Work]) -> float:
    """The best of some rounds, in lines a second."""
    best = 0.0
    for _ in range(ROUNDS):
        gc.collect()
        began = process_time()
        lines = verb(work)
        best = max(best, lines / (process_time() - began))
    print(f"{name:<28}{best:>12,.0f} lines/s{1e6 / best:>8.1f} us/line")
    return best


if __name__ == "__main__":
    work = contracts(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    limit = measure("bare arithmetic", bare, work)
    speed = measure("rate()", rated, work)
    measure("rate() and as_json()", told, work)
    print(f"rate() takes {limit / speed:.1f} times the bare arithmetic's time")
