"""A marketplace with a bit of everything to bill, the same for the same seed, and a picture of its books to compare."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from random import Random
from typing import Any
from uuid import UUID

from billing.models import BillingEvent, BillingException
from companies.models import Company, MarketplaceSettings, TaxBy
from creditmemos.models import Application, CreditMemo
from documents.models import NumberSeries
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from ledger.models import JournalEntry
from ledger.operations import account_for
from subscriptions.models import Discount, Plan
from tests.factories.billing import Sold, event, moment, order, plan, sells, subscribe, tax
from tests.factories.companies import CompanyFactory, MembershipFactory, MerchantFactory
from tests.factories.world import Market, issue_invoice, issue_memo, make_market

START = date(2026, 3, 1)
MONTHS = (date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1))
TIERS = (("5", "7.77"), ("20", "3.05"), (None, "0.995"))
_codes = count(1)


@dataclass
class Scenario:
    """A market and its events, which are heard in the order that is asked for."""

    market: Market
    sold: list[Sold]
    events: list[Callable[[], object]]


def build(seed: int, *, companies: int = 5, shuffle: int | None = None) -> Scenario:
    """Companies with subscriptions, changes, cancellations, usage, orders and corrections, and older documents.

    Every other seed taxes by document.
    ``shuffle`` hears the events in another order.
    """
    draw = Random(seed)
    number = next(_codes)
    market = make_market(f"m{number}", currency=draw.choice(["EUR", "EUR", "JPY", "KWD"]))
    tax(market, TaxRate("VAT", Decimal("0.19")), TaxRate("City", Decimal("0.0333")))
    orders = MarketplaceSettings.ApplyOrder.values
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(
        apply_order=draw.choice(orders), tax_by=TaxBy.values[seed % 2]
    )
    plans = _plans(market)
    _discounts(market, draw)
    scenario = Scenario(market, [], [])
    for at in range(companies):
        _company(scenario, plans, draw, number, at)
    if shuffle is not None:
        Random(shuffle).shuffle(scenario.events)
    for hear in scenario.events:
        hear()
    return scenario


def _plans(market: Market) -> list[Plan]:
    return [
        plan(market, "31.00", name="Seats"),
        plan(market, "49.99", name="Flat", model="flat", usage=("tiered", TIERS)),
        plan(market, name="Tiers", model="tiered", tiers=TIERS, in_advance=False),
        plan(market, name="Volume", model="volume", tiers=TIERS),
        plan(market, "365.00", name="Year", months=12),
    ]


def _discounts(market: Market, draw: Random) -> None:
    inside = market.marketplace
    Discount.objects.create(marketplace=inside, name="Spring", rate=Decimal("0.1"), last=date(2026, 4, 30))
    Discount.objects.create(marketplace=inside, name="Loyal", fixed=draw.randrange(1, 500), first=date(2026, 5, 1))


def _company(scenario: Scenario, plans: list[Plan], draw: Random, number: int, at: int) -> None:
    market = scenario.market
    wide = draw.random() < 0.7
    company: Company = CompanyFactory.create(
        marketplace=market.marketplace, name=f"Customer {at}", company_wide_billing=wide, country=draw.choice(["DE", "FR"]),
        tax_exempt=draw.random() < 0.2, reseller=market.reseller if draw.random() < 0.2 else None,
        payment_terms_days=draw.choice([None, 0, 30]),
    )  # fmt: skip
    account = None
    if draw.random() < 0.2 and company.reseller is None:
        seller = MerchantFactory.create(
            company=CompanyFactory.create(marketplace=market.marketplace, name=f"Seller {at}", kind="reseller"),
            code=f"S{at}",
        )
        account = account_for(payer=company, merchant=seller)
    person = MembershipFactory.create(
        company=company, roles=["user"], user__name=f"Person {at} {market.marketplace.code}"
    )
    user = None if wide else person.user
    if draw.random() < 0.5:
        issue_invoice(market, company=company, now=moment(START), billed_user=user)
    if draw.random() < 0.5:
        issue_memo(
            market, draw.choice(["5.00", "90.00"]) if market.marketplace.currency == "EUR" else "90", company=company,
            use=draw.choice(["hold", "follow"]), now=moment(START), billed_user=user,
        )  # fmt: skip
    for which in range(draw.randrange(1, 4)):
        sold = subscribe(
            market, draw.choice(plans), quantity=str(draw.randrange(1, 30)), company=company, account=account, user=user,
            start=START + timedelta(days=draw.randrange(40)), uuid=UUID(int=number << 80 | at << 8 | which), heard=False,
        )  # fmt: skip
        scenario.sold.append(sold)
        scenario.events.append(partial(sold.hear, "purchase", f"{sold.key}:1", sold.row.started_on))
        _story(scenario, sold, plans, draw)
    _orders(scenario, company, draw, at)


def _orders(scenario: Scenario, company: Company, draw: Random, at: int) -> None:
    """A one-off order, corrected and refunded; and a correction of nothing in particular."""
    market, later = scenario.market, scenario.events.append
    product = sells(market, "Setup")
    about: dict[str, Any] = {"company": company, "source_key": f"order {at}"}
    if draw.random() < 0.6:
        day = START + timedelta(days=20)
        later(partial(order, market, "12", day, company=company, quantity="4", name=f"order {at}"))
        if draw.random() < 0.7:
            day = START + timedelta(days=45)
            later(partial(event, market, "correction", day, quantity="-1", name=f"correction {at}", **about))
        if draw.random() < 0.3:
            day, amount = START + timedelta(days=70), draw.choice([None, 700])
            later(partial(event, market, "refund", day, amount=amount, name=f"refund {at}", **about))
    if draw.random() < 0.3:
        day = START + timedelta(days=15)
        given: dict[str, Any] = {"company": company, "amount": -300, "product": product, "name": f"goodwill {at}"}
        later(partial(event, market, "correction", day, **given))


def _story(scenario: Scenario, sold: Sold, plans: list[Plan], draw: Random) -> None:
    """Changes on rising days, usage all over, perhaps an end."""
    day, later = sold.row.started_on, scenario.events.append
    for _ in range(draw.randrange(3)):
        day += timedelta(days=draw.randrange(1, 25))
        quantity = str(draw.randrange(1, 30))
        if draw.random() < 0.3:
            made = sold.change(day, of=draw.choice(plans), quantity=quantity, anchor=day, heard=False)
        else:
            made = sold.change(day, quantity=quantity, heard=False)
        later(partial(sold.hear, made.kind, made.key, day))
    for at in range(draw.randrange(4)):
        used = sold.row.started_on + timedelta(days=draw.randrange(80))
        later(partial(sold.uses, used, str(draw.randrange(-4, 30)), name=f"{sold.row.uuid.int % 2**80} usage {at}"))
    if draw.random() < 0.3:
        ended = day + timedelta(days=draw.randrange(20))
        sold.cancel(ended, partial_credit=draw.random() < 0.7, heard=False)
        later(partial(sold.hear, "cancellation", f"{sold.key}:cancel", ended))


def books(market: Market) -> dict[str, object]:
    """Documents, lines, taxes, applications and entries by natural keys and amounts; no ids, numbers or stamps."""
    inside = {"marketplace": market.marketplace}
    invoices = {row.pk: _document(row) for row in Invoice.objects.filter(**inside)}
    memos = {row.pk: _document(row) for row in CreditMemo.objects.filter(**inside)}
    return {
        "invoices": sorted((*paper, row.status, row.credited, row.amount_due, str(row.due_date))
                           for row in Invoice.objects.filter(**inside) for paper in [invoices[row.pk]]),
        "memos": sorted((*paper, row.status, row.applied, row.balance, row.sibling_invoice_id and invoices[row.sibling_invoice_id])
                        for row in CreditMemo.objects.filter(**inside) for paper in [memos[row.pk]]),
        "applications": sorted(
            (memos[row.memo_id], invoices[row.invoice_id], row.amount, str(row.posting_date), _parts(row.memo_parts), _parts(row.invoice_parts))
            for row in Application.objects.filter(**inside)
        ),
        "journal": sorted(
            (e.account, e.amount, e.detail, str(e.posting_date), invoices.get(e.invoice_id or 0), memos.get(e.memo_id or 0))
            for e in JournalEntry.objects.filter(transaction__marketplace=market.marketplace)
        ),
        "events": sorted(BillingEvent.objects.filter(**inside).values_list("kind", "day", "status", "reason")),
        "exceptions": sorted(BillingException.objects.filter(**inside).values_list("reason", "amount")),
        "due": sorted(str(row.due_on) for row in market.marketplace.subscriptions.all()),
    }  # fmt: skip


def _document(row: Invoice | CreditMemo) -> tuple[object, ...]:
    lines = sorted(
        (
            line.description, str(line.period_from), str(line.period_to), line.quantity, line.unit_price, line.net, line.tax,
            tuple(sorted((tax.name, tax.rate, tax.base, tax.amount) for tax in line.taxes.all())),
        )
        for line in row.lines.prefetch_related("taxes")
    )  # fmt: skip
    seller = row.merchant.company.name.rsplit(" ", 1)[0]
    user = row.billed_user_name.rsplit(" ", 1)[0]
    return (
        row.payer_name.replace(row.marketplace.code, ""),
        seller,
        user,
        row.source,
        row.total,
        tuple(lines),
        str(row.issue_date),
    )


def _parts(parts: Any) -> tuple[object, ...]:
    return tuple(
        sorted((p.line.net, p.tax.amount if p.tax else 0, p.amount) for p in parts.select_related("line", "tax"))
    )


def numbers_are_whole(market: Market) -> None:
    """Each series has every number once."""
    for series in NumberSeries.objects.filter(marketplace=market.marketplace):
        used: list[Any] = [*Invoice.objects.filter(series=series).values_list("sequence", flat=True)]
        used += CreditMemo.objects.filter(series=series).values_list("sequence", flat=True)
        assert sorted(used) == list(range(series.first_number, series.last_number + 1)), series


def noon(day: date) -> datetime:
    """Noon, UTC."""
    return moment(day)
