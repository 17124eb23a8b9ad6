"""Things to bill and the run that bills them: subscriptions and events as rows, a whole run in this process."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from billing.models import BillingEvent, BillingRun, BillingSettings, TaxRule
from billing.operations.running import start_run
from companies.models import Company, User
from creditmemos.models import CreditMemo
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from ledger.models import BalanceAccount
from subscriptions.models import Edition, Plan, Product, Subscription, SubscriptionTerms
from subscriptions.periods import DAY, period_holding
from tests.factories.world import NOW, VAT, Market, key
from tests.support.outbox import drain

Tiers = Sequence[tuple[str | None, str]]


def tax(market: Market, *rates: TaxRate, country: str = "DE", tax_class: str = "") -> None:
    """Put taxes into the market's table; 20 % VAT when none are given."""
    for position, each in enumerate(rates or (VAT,), start=1):
        TaxRule.objects.create(
            marketplace=market.marketplace, country=country, tax_class=tax_class, position=position, name=each.name,
            rate=each.rate,
        )  # fmt: skip


def bills_by(market: Market, **values: object) -> BillingSettings:
    """Change the market's billing settings."""
    return BillingSettings.objects.update_or_create(marketplace=market.marketplace, defaults=values)[0]


def sells(market: Market, name: str = "Mail Suite", **more: Any) -> Product:
    """A product of the market's vendor."""
    made, _ = Product.objects.get_or_create(
        marketplace=market.marketplace, name=name, defaults={"vendor": market.vendor, **more}
    )
    return made


def plan(
    market: Market,
    price: str = "31.00",
    *,
    product: str = "Mail Suite",
    name: str = "",
    model: str = "unit",
    tiers: Tiers | None = None,
    usage: tuple[str, Tiers] | None = None,
    **more: Any,
) -> Plan:
    """A plan of the product's only edition; ``price`` is a unit's and a month's unless ``tiers`` are given."""
    edition, _ = Edition.objects.get_or_create(product=sells(market, product), name="Pro")
    return Plan.objects.create(
        edition=edition, name=name or f"Plan {Plan.objects.count() + 1}", model=model,
        tiers=[list(tier) for tier in tiers or ((None, price),)], usage_model=usage[0] if usage else "",
        usage_tiers=[list(tier) for tier in usage[1]] if usage else [], **more,
    )  # fmt: skip


@dataclass
class Sold:
    """A subscription whose history a test writes itself."""

    market: Market
    row: Subscription

    @property
    def key(self) -> str:
        """What its keys begin with."""
        return f"subscription:{self.row.uuid}"

    def change(
        self, day: date, *, quantity: str | None = None, of: Plan | None = None, heard: bool = True, **more: Any
    ) -> SubscriptionTerms:
        """New terms from a day on, and, when billing has ``heard`` of it, the event."""
        last = SubscriptionTerms.objects.filter(subscription=self.row).order_by("-position").first()
        assert last is not None
        number = last.position + 1
        amount = last.quantity if quantity is None else Decimal(quantity)
        made = SubscriptionTerms.objects.create(
            subscription=self.row, position=number, key=f"{self.key}:{number}", day=day, plan=of or last.plan,
            kind="downgrade" if amount < last.quantity else "upgrade", quantity=amount, agreed_at=moment(day), **more,
        )  # fmt: skip
        if heard:
            self.hear(made.kind, made.key, day)
        return made

    def cancel(self, day: date, *, partial_credit: bool = True, at_cycle: bool = False, heard: bool = True) -> None:
        """End it on a day."""
        self.row.cancelled_on, self.row.cancelled_at = day, moment(day)
        self.row.partial_credit, self.row.cancelled_at_cycle = partial_credit, at_cycle
        self.row.save()
        if heard:
            self.hear("cancellation", f"{self.key}:cancel", day)

    def hear(self, kind: str, name: str, day: date, **more: Any) -> BillingEvent:
        """Tell billing of an event of this subscription."""
        return event(
            self.market, kind, day, name=name, company=self.row.company, subscription=self.row, account=self.row.account,
            product=self.row.product, billed_user=self.row.billed_user, **more,
        )  # fmt: skip

    def uses(self, day: date, quantity: str, **more: Any) -> BillingEvent:
        """A usage record."""
        name = str(more.pop("name", "") or key())
        return self.hear("usage", name, day, quantity=Decimal(quantity), **more)


def subscribe(
    market: Market,
    of: Plan,
    *,
    quantity: str = "15",
    start: date = date(2026, 5, 1),
    company: Company | None = None,
    account: BalanceAccount | None = None,
    user: User | None = None,
    anchor: date | None = None,
    heard: bool = True,
    **more: Any,
) -> Sold:
    """A subscription from a day on, due as its plan says; ``heard`` tells billing of the purchase."""
    company = company or market.acme
    first = period_holding(start, anchor or start, of.months)
    row = Subscription.objects.create(
        marketplace=market.marketplace, company=company, account=account or market.account(company), billed_user=user,
        product=of.edition.product, started_on=start, anchor=anchor or start, created_at=moment(start),
        due_on=start if of.in_advance else first.last + DAY, **more,
    )  # fmt: skip
    sold = Sold(market, row)
    SubscriptionTerms.objects.create(
        subscription=row, position=1, key=f"{sold.key}:1", kind="purchase", day=start, plan=of,
        quantity=Decimal(quantity), agreed_at=moment(start),
    )  # fmt: skip
    if heard:
        sold.hear("purchase", f"{sold.key}:1", start)
    return sold


def event(
    market: Market,
    kind: str,
    day: date,
    *,
    name: str = "",
    company: Company | None = None,
    account: BalanceAccount | None = None,
    quantity: str | Decimal | None = None,
    price: str | None = None,
    **more: Any,
) -> BillingEvent:
    """An event as ingest would leave it."""
    company = company or market.acme
    return BillingEvent.objects.create(
        marketplace=market.marketplace, key=name or key(), body_hash="0" * 64, kind=kind, origin="form",
        company=company, account=account or market.account(company), day=day, created_at=moment(day),
        quantity=None if quantity is None else Decimal(quantity), price=None if price is None else Decimal(price),
        **more,
    )  # fmt: skip


def order(market: Market, price: str, day: date, *, quantity: str = "1", **more: Any) -> BillingEvent:
    """A one-off order."""
    product = more.pop("product", None) or sells(market, "Setup")
    return event(market, "order", day, quantity=quantity, price=price, product=product, **more)


def moment(day: date) -> datetime:
    """Noon of a day, UTC."""
    return datetime.combine(day, time(12), UTC)


def bill(market: Market, through: date, *, now: datetime | None = None, dry: bool = False) -> BillingRun:
    """A whole run in this process, by the handlers that workers run; ``now`` is noon of ``through`` unless given."""
    at = now or max(moment(through), NOW)
    run = start_run(through=through, actor=market.actor(), now=at, key=key(), dry=dry)
    work(at)
    run.refresh_from_db()
    assert run.state == BillingRun.State.FINISHED, run.state
    return run


def memo_of_two(market: Market) -> tuple[Invoice, Invoice, CreditMemo]:
    """Two invoices of runs, and the memo that a third run made of both: 28.00 of each, beside an invoice of its own."""
    two_to_credit(market)
    bill(market, date(2026, 5, 18), now=NOW + timedelta(hours=1))
    memo = CreditMemo.objects.get(run_document__run=market.marketplace.runs.latest("pk"))
    first, second = Invoice.objects.filter(lines__credited_by__memo=memo).distinct().order_by("pk")
    return first, second, memo


def two_to_credit(market: Market) -> None:
    """Two invoices of runs, and a change of both subscriptions that the next run credits: 28.00 of each."""
    sold = []
    for product, day in (("Storage", date(2026, 5, 1)), ("Mail Suite", date(2026, 5, 2))):
        sold.append(subscribe(market, plan(market, product=product), start=date(2026, 5, 1), quantity="2"))
        bill(market, day, now=NOW)
    for each in sold:
        each.change(date(2026, 5, 18), quantity="1")


def work(now: datetime) -> None:
    """Do the work of every run that is open, as one worker would."""
    drain(now, topic="billing.run.started")
    drain(now, topic="billing.run.turn")
