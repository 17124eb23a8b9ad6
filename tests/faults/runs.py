"""What the fault tests of billing runs share: a market to bill, somebody's hands beside it, and an undisturbed run."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import connection, transaction

from billing.models import BillingEvent, BillingRun, BillingSettings, RunLine
from billing.operations import running
from companies.models import Company
from core.clock import database_now
from core.models import OutboxJob
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from ledger.models import BalanceAccount
from subscriptions.models import Subscription, SubscriptionTerms
from tests.billing.running.scenario import books, numbers_are_whole
from tests.factories.billing import plan, sells, tax
from tests.factories.world import Market, issue_invoice, issue_memo, key, make_market
from tests.support.outbox import end_leases
from tests.support.work import Process, until

Start = Callable[..., Process]
PAYERS, APPLIED = 1500, 25


def stocked(code: str) -> Market:
    """Payers with two subscriptions each; every third gets credit in the same run."""
    market = make_market(code)
    tax(market)
    BillingSettings.objects.create(marketplace=market.marketplace, lanes=4)
    today = market.marketplace.today(database_now())
    inside, product = market.marketplace, sells(market, "Setup")
    payers = Company.objects.bulk_create(
        Company(marketplace=inside, name=f"Payer {number}", country="DE") for number in range(PAYERS)
    )
    accounts = BalanceAccount.objects.bulk_create(
        BalanceAccount(marketplace=inside, payer=payer, merchant=market.merchant, currency="EUR") for payer in payers
    )
    for of in (plan(market, "31.00", name="Seats"), plan(market, "9.99", product="Storage", name="Space")):
        sold = Subscription.objects.bulk_create(
            Subscription(marketplace=inside, company_id=account.payer_id, account=account, product=of.edition.product,
                         started_on=today, anchor=today, due_on=today, created_at=database_now())
            for account in accounts
        )  # fmt: skip
        SubscriptionTerms.objects.bulk_create(
            SubscriptionTerms(subscription=row, position=1, key=f"subscription:{row.uuid}:1", kind="purchase", day=today,
                              plan=of, quantity=1 + number % 9, agreed_at=database_now())
            for number, row in enumerate(sold)
        )  # fmt: skip
    told: dict[str, Any] = {
        "marketplace": inside,
        "body_hash": "",
        "origin": "csv",
        "day": today,
        "created_at": database_now(),
    }
    BillingEvent.objects.bulk_create(
        BillingEvent(kind=kind, key=f"{kind} {number}", account=account, company_id=account.payer_id, **told, **more)
        for number, account in enumerate(accounts[::3])
        for kind, more in (
            ("order", {"quantity": 1, "price": 20, "product": product}),
            ("correction", {"amount": -500, "source_key": f"order {number}"}),
        )
    )
    return market


def pair(market: Market) -> list[Allocation]:
    """A memo and an invoice for somebody's hands."""
    found = [Allocation(issue_memo(market, "500.00").pk, issue_invoice(market).pk, 1)]
    OutboxJob.objects.all().delete()
    return found


def apply_by_hand(market: Market, allocations: list[Allocation]) -> None:
    """Somebody applies credit again and again, whatever happens to connections; a request goes again with its key."""
    for number in range(APPLIED):
        for _attempt in range(50):
            with suppress(Exception):
                operations.apply(
                    allocations=allocations, actor=market.actor(), now=database_now(), key=f"hand {number}"
                )
                break
            connection.close()
            time.sleep(0.1)
        time.sleep(0.05)
    connection.close()


def start_run(market: Market) -> BillingRun:
    now = database_now()
    return running.start_run(through=market.marketplace.today(now), actor=market.actor(), now=now, key=key())


def undisturbed(market: Market) -> dict[str, object]:
    allocations = pair(market)
    run = start_run(market)
    with transaction.atomic():
        running.collect(run_id=run.pk, now=database_now())
    while running.RunWorker(run.pk, 0, database_now()).work():
        pass
    apply_by_hand(market, allocations)
    OutboxJob.objects.filter(marketplace=market.marketplace).delete()
    return books(market)


def finished(run: BillingRun) -> bool:
    run.refresh_from_db()
    return not run.is_open


def begin(market: Market) -> tuple[BillingRun, threading.Thread]:
    """Start a run, wait for its first batch, and let somebody's hands begin beside it."""
    allocations = pair(market)
    run = start_run(market)
    until(lambda: RunLine.objects.filter(run=run).exclude(state=RunLine.State.WAITING).exists(), what="the first batch")
    hand = threading.Thread(target=apply_by_hand, args=(market, allocations), daemon=True)
    hand.start()
    return run, hand


def ends_undisturbed(run: BillingRun, hand: threading.Thread, market: Market, expected: dict[str, object]) -> None:
    """See the run and the hands to their end: all is billed, as in a run that nothing happened to."""
    until(lambda: (end_leases(), finished(run))[1], 60, what="the run")
    hand.join(60)
    assert not hand.is_alive()
    assert set(run.lines.values_list("state", flat=True)) == {RunLine.State.DONE}
    assert books(market) == expected
    numbers_are_whole(market)
