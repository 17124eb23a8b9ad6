"""The demo's subscriptions: what is sold, who subscribes, what happens to it, and the runs that bill it."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from billing.domain.event_values import Facts
from billing.handlers import subscription_agreed
from billing.management.demo_books import PRODUCTS, TAXES, Scenario
from billing.models import BillingSettings, TaxRule
from billing.operations.recording import record_event
from billing.operations.running import collect, finish_if_done, start_run
from billing.operations.running.batches import apply_batch, issue_batch
from billing.queries.price_book import PriceBook
from companies.models import Company
from core.actors import Actor
from core.models import OutboxJob
from subscriptions import operations
from subscriptions.models import Plan, Subscription

MONTHS = 3
SUBSCRIPTIONS = 14
USAGE = ("0.004", "0.003")
ALL = 500
SCALE = {"EUR": 1, "JPY": 100}
Errand = tuple[datetime, Callable[[], None]]


@dataclass
class Billing:
    """One marketplace's billing, beside its scenario; ``errands`` are to be done when their moment comes."""

    scenario: Scenario
    random: Random
    end: datetime
    plans: list[Plan] = field(default_factory=list)
    sold: list[Subscription] = field(default_factory=list)

    @property
    def actor(self) -> Actor:
        """The manager."""
        return self.scenario.actor()

    def errands(self) -> list[Errand]:
        """Begin three months ago; a run at each month's first days; something happens in between."""
        first = self.end - timedelta(days=31 * MONTHS)
        found: list[Errand] = [(first, lambda: self._begin(first))]
        for month in range(MONTHS):
            billed, happens = first + timedelta(days=31 * month + 12), first + timedelta(days=31 * month + 20)
            found.append((billed, partial(self._run, billed)))
            found.append((happens, partial(self._happen, happens)))
            if self.scenario.market.plan.is_v1:
                found.append((happens, partial(self._carry, month, happens)))
        return [*found, (self.end, self._leave_open)]

    def _begin(self, now: datetime) -> None:
        market = self.scenario.market
        BillingSettings.objects.create(marketplace=market.marketplace, frequency="monthly", day=1, hour=3)
        country = market.plan.country
        for tax in TAXES[market.marketplace.currency][0]:
            TaxRule.objects.create(marketplace=market.marketplace, country=country, name=tax.name, rate=tax.rate)
        self._catalogue(now)
        customers = [each for each in market.customers if each.kind == Company.Kind.CUSTOMER]
        for company in customers[:SUBSCRIPTIONS]:
            self._subscribe(company, now)

    def _catalogue(self, now: datetime) -> None:
        market, scale = self.scenario.market, SCALE[self.scenario.market.marketplace.currency]
        for name, _unit, price in PRODUCTS[:4]:
            product = operations.add_product(name=name, vendor=market.vendor, actor=self.actor, now=now)
            edition = operations.add_edition(product=product, name="Business", actor=self.actor, now=now)
            each = Decimal(price) * scale
            monthly: dict[str, object] = {"name": "Monthly", "months": 1, "model": "unit", "tiers": [(None, each)]}
            tiers = [(Decimal(10), each), (None, each * 8 / 10)]
            yearly: dict[str, object] = {"name": "Yearly", "months": 12, "model": "tiered",
                                         "tiers": [(upto, one * 10) for upto, one in tiers]}  # fmt: skip
            if name == PRODUCTS[1][0]:
                usage = [(Decimal(1000), Decimal(USAGE[0]) * scale), (None, Decimal(USAGE[1]) * scale)]
                monthly |= {"usage_model": "tiered", "usage_tiers": usage}
            for plan in (monthly, yearly):
                self.plans.append(
                    operations.add_plan(edition=edition, in_advance=True, actor=self.actor, now=now, **plan)  # type: ignore[arg-type]
                )
        rate = Decimal("0.1")
        operations.add_discount(
            name="Early birds", rate=rate, last=(now + timedelta(days=40)).date(), actor=self.actor, now=now
        )

    def _subscribe(self, company: Company, now: datetime) -> None:
        member = None if company.company_wide_billing else company.memberships.order_by("pk").first()
        started = self.scenario.market.marketplace.today(now) + timedelta(days=self.random.randrange(10))
        self.sold.append(
            operations.subscribe(
                company=company, plan=self.random.choice(self.plans[::2]), quantity=Decimal(self.random.randint(2, 40)),
                started_on=started, billed_user=member.user if member else None, actor=self.actor, now=now,
                key=self.scenario.key(),
            )
        )  # fmt: skip

    def _happen(self, now: datetime) -> None:
        """A downgrade, an upgrade, a cancellation, usage and an order."""
        today = self.scenario.market.marketplace.today(now)
        going = [each for each in self.sold if each.cancelled_on is None]
        down, up, usage = self.random.sample(going, 3)
        given = {"actor": self.actor, "now": now}
        for sold, factor in ((down, Decimal("0.5")), (up, Decimal("1.5"))):
            terms = sold.terms.order_by("-position")[0]
            quantity = max(Decimal(1), (terms.quantity * factor).to_integral_value())
            if quantity != terms.quantity:
                operations.change(subscription=sold, quantity=quantity, key=self.scenario.key(), **given)  # type: ignore[arg-type]
        metered = [each for each in going if each.terms.order_by("-position")[0].plan.usage_model]
        for sold in metered[:3]:
            self._record(Facts(kind="usage", key=self.scenario.key(), subscription=sold, day=today,
                               quantity=Decimal(self.random.randint(200, 3000))), now)  # fmt: skip
        self._record(Facts(kind="order", key=self.scenario.key(), company=usage.company, day=today, quantity=Decimal(1),
                           price=Decimal(250 * SCALE[self.scenario.market.marketplace.currency]),
                           product=self.plans[0].edition.product, description="Onboarding"), now)  # fmt: skip

    def _carry(self, month: int, now: datetime) -> None:
        """More credit than charges, carried to the next invoice, and an order that uses a part of it."""
        company = next(each for each in reversed(self.scenario.market.customers) if each.kind == Company.Kind.CUSTOMER)
        facts = Facts(kind="correction", key=self.scenario.key(), company=company, amount=-400_00,
                      day=self.scenario.market.marketplace.today(now), product=self.plans[0].edition.product,
                      description="Outage in the spring")  # fmt: skip
        if month == 0:
            self._record(facts, now)
        elif month == 1:
            order = replace(
                facts, kind="order", amount=None, quantity=Decimal(1), price=Decimal(250), description="Training"
            )
            self._record(order, now)

    def _record(self, facts: Facts, now: datetime) -> None:
        record_event(facts=facts, origin="form", actor=self.actor, now=now)

    def _run(self, now: datetime) -> None:
        """A whole run here and now; workers find nothing left to do."""
        self._hear(now)
        run = start_run(through=self._first_of_month(now), actor=self.actor, now=now, key=self.scenario.key())
        collect(run_id=run.pk, now=now)
        run.refresh_from_db()
        book = PriceBook(run.marketplace_id)
        while issue_batch(run, lane=0, most=ALL, book=book, now=now):
            apply_batch(run, lane=0, most=ALL, now=now)
        finish_if_done(run_id=run.pk, now=now)
        OutboxJob.objects.filter(topic__startswith="billing.run.", done_at__isnull=True).update(done_at=now)

    def _first_of_month(self, now: datetime) -> date:
        return self.scenario.market.marketplace.today(now)

    def _hear(self, now: datetime) -> None:
        """Billing hears of what was agreed, as a worker would let it."""
        for job in OutboxJob.objects.filter(topic="subscription.agreed", done_at__isnull=True).order_by("pk"):
            subscription_agreed(job, now)
            job.done_at = now
            job.save(update_fields=["done_at"])

    def _leave_open(self) -> None:
        """What waits for somebody: a refund that nobody can bill, a cancellation for the next run."""
        now = self.end
        going = [each for each in self.sold if each.cancelled_on is None]
        self._record(Facts(kind="refund", key=self.scenario.key(), company=going[0].company,
                           day=self.scenario.market.marketplace.today(now), amount=12_00, source_key="order 4711"),
                     now)  # fmt: skip
        self._run(now)
        operations.cancel(
            subscription=going[-1], partial_credit=True, reason="Moves to another seller", actor=self.actor, now=now,
            key=self.scenario.key(),
        )  # fmt: skip
        self._hear(now)
