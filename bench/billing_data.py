"""Companies with five subscriptions each, one in three with a charge to give back; and the run that bills them."""

from datetime import UTC, date, datetime

from django.db import connection

from billing.models import BillingEvent, TaxRule
from companies.models import Company
from ledger.models import BalanceAccount
from subscriptions.models import Subscription, SubscriptionTerms
from tests.factories.billing import event, order, plan, sells
from tests.factories.world import Market, make_market

LINES = 5
MAY, JUNE = date(2026, 5, 18), date(2026, 6, 1)
NOW = datetime(2026, 5, 18, 10, tzinfo=UTC)
BATCH = 5_000


def fill(companies: int) -> Market:
    """A market with everything due on the first of June, by as few statements as may be."""
    market = make_market(f"bench{companies}-{Company.objects.count()}")
    inside = market.marketplace
    TaxRule.objects.create(marketplace=inside, country="DE", name="VAT", rate="0.19")
    of = plan(market, "31.00")
    customers = Company.objects.bulk_create(
        (Company(marketplace=inside, name=f"Customer {n}", country="DE") for n in range(companies)), batch_size=BATCH
    )
    accounts = BalanceAccount.objects.bulk_create(
        (
            BalanceAccount(marketplace=inside, payer=each, merchant=market.merchant, currency=inside.currency)
            for each in customers
        ),
        batch_size=BATCH,
    )
    product = of.edition.product
    subscriptions = Subscription.objects.bulk_create(
        (
            Subscription(
                marketplace=inside, company_id=account.payer_id, account=account, product=product, started_on=JUNE,
                anchor=JUNE, due_on=JUNE, created_at=NOW,
            )
            for account in accounts
            for _ in range(LINES)
        ),
        batch_size=BATCH,
    )  # fmt: skip
    SubscriptionTerms.objects.bulk_create(
        (
            SubscriptionTerms(
                subscription=row, position=1, key=f"subscription:{row.uuid}:1", kind="purchase", day=JUNE, plan=of,
                quantity=1 + row.pk % 40, agreed_at=NOW,
            )
            for row in subscriptions
        ),
        batch_size=BATCH,
    )  # fmt: skip
    _orders(market, accounts[::3])
    return market


def _orders(market: Market, accounts: list[BalanceAccount]) -> None:
    """One order for each third company, to be billed by a run of its own."""
    product = sells(market, "Setup")
    first = order(market, "100.00", MAY, product=product)
    rows = [
        BillingEvent(
            marketplace=market.marketplace, key=f"order {account.pk}", body_hash="", kind="order", origin="form",
            company_id=account.payer_id, account=account, day=MAY, quantity=first.quantity, price=first.price,
            product=product, created_at=NOW,
        )
        for account in accounts
    ]  # fmt: skip
    BillingEvent.objects.bulk_create(rows, batch_size=BATCH)


def give_back(market: Market) -> None:
    """A refund of less than half of each of those orders."""
    first = event(market, "refund", MAY, amount=4000, source_key="nothing")
    orders = BillingEvent.objects.filter(marketplace=market.marketplace, kind="order", key__startswith="order ")
    rows = [
        BillingEvent(
            marketplace=market.marketplace, key=f"refund {row.pk}", body_hash="", kind="refund", origin="form",
            company_id=row.company_id, account_id=row.account_id, day=MAY, amount=first.amount, source_key=row.key,
            created_at=NOW,
        )
        for row in orders.iterator()
    ]  # fmt: skip
    BillingEvent.objects.bulk_create(rows, batch_size=BATCH)


def analyze() -> None:
    """Statistics, as autovacuum would have them."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
