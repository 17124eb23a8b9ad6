"""Plain contracts for the tests, and a store that keeps what a rating made for the next one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from billing.rating import Charged, Contract, Event, Item, Key, Metered, Plan, Rated, Rules, Terms, rate
from billing.rating.lines import as_charged
from invoices.domain.charging import TaxRate
from subscriptions.domain.pricing import Pricing, per_unit

VAT = TaxRate("VAT", Decimal("0.19"))
BERLIN = Rules(currency="EUR", zone=ZoneInfo("Europe/Berlin"))
TAXED = replace(BERLIN, taxes={("DE", ""): [VAT]})
SUITE = Item("suite", edition="pro", plan="monthly")
SEAT = per_unit(Decimal("31.00"))
START = date(2026, 1, 1)


def plan(
    pricing: Pricing = SEAT,
    *,
    months: int = 1,
    in_advance: bool = True,
    usage: Pricing | None = None,
    name: str = "monthly",
) -> Plan:
    item = SUITE if name == "monthly" else replace(SUITE, plan=name)
    return Plan(item=item, pricing=pricing, months=months, in_advance=in_advance, usage=usage)


def terms(key: Key, day: date, quantity: int | str = 15, of: Plan | None = None, **more: object) -> Terms:
    return Terms(key, day, of or plan(), Decimal(quantity), **more)  # type: ignore[arg-type]


def contract(*history: Terms, **more: object) -> Contract:
    return Contract("subscription", "account", "DE", terms=history or (terms("start", START),), **more)  # type: ignore[arg-type]


def event(kind: str, key: Key, day: date, **more: object) -> Event:
    return Event(key, kind, day=day, **more)  # type: ignore[arg-type]


def recurring(day: date) -> Event:
    return Event(f"recurring {day}", "recurring", day=day)


def stored(known: Contract, rated: Rated) -> Contract:
    """The contract as the next run finds it."""
    rows = [*known.charged, *map(as_charged, rated.charges)]
    metered = {(each.plan, each.period_first): each for each in [*known.metered, *rated.metered]}
    return known._replace(charged=[_kept(row, rated) for row in rows], metered=list(metered.values()))


def _kept(row: Charged, rated: Rated) -> Charged:
    own = [line for line in rated.credits if line.source == row.key]
    taxes = [
        tax._replace(credited=tax.credited + sum(t.amount for line in own for t in line.taxes if t.name == tax.name))
        for tax in row.taxes
    ]
    price = sum(line.net for line in own if line.kind in ("correction", "refund"))
    cut = sum(line.net for line in own) - price
    return row._replace(
        undone=rated.undone.get(row.key, row.undone), credited_net=row.credited_net + price + cut, taxes=taxes,
        price=row.price + price, cut=row.cut + cut,
    )  # fmt: skip


def run(known: Contract, events: Iterable[Event], rules: Rules = BERLIN) -> tuple[Rated, Contract]:
    """Rate and store: the answer, and the contract for the next run."""
    rated = rate(known, events, rules)
    return rated, stored(known, rated)


def meter(known: Contract) -> list[Metered]:
    return list(known.metered)
