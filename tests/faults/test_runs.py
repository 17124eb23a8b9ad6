"""A billing run while parts of the product are killed, frozen and forgotten: nothing is lost, nothing comes twice."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction

from billing.models import BillingEvent, BillingRun, BillingSettings, RunLine
from billing.operations import running
from companies.models import Company
from core.clock import database_now
from core.models import OutboxJob
from creditmemos import operations
from creditmemos.planning import Allocation
from ledger.models import BalanceAccount
from subscriptions.models import Subscription, SubscriptionTerms
from tests.billing.running.scenario import books, numbers_are_whole
from tests.factories.billing import plan, sells, tax
from tests.factories.world import Market, issue_invoice, issue_memo, key, make_market
from tests.support.outbox import end_leases
from tests.support.valkey import Valkey
from tests.support.work import Process, children_of, relay, until, worker

pytestmark = [pytest.mark.fault, pytest.mark.postgres]

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
    while running.Lane(run.pk, 0, database_now()).work():
        pass
    apply_by_hand(market, allocations)
    OutboxJob.objects.filter(marketplace=market.marketplace).delete()
    return books(market)


def cut_connections() -> None:
    """Every other connection to this database ends, as when the server restarts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def finished(run: BillingRun) -> bool:
    run.refresh_from_db()
    return not run.is_open


class Parts:
    """What can be taken away from a running product, each in its own way."""

    def __init__(self, start: Start, valkey: Valkey) -> None:
        self.start, self.valkey = start, valkey
        self.workers = [self._worker(), self._worker()]
        self.relay = start(relay)

    def _worker(self) -> Process:
        return self.start(worker, queues=("billing",), children=2)

    def kill_a_child(self) -> None:
        for child in children_of(self.workers[0].pid)[:1]:
            os.kill(child, signal.SIGKILL)

    def kill_a_worker(self) -> None:
        self.workers[1].kill()
        self.workers[1] = self._worker()

    def kill_the_relay(self) -> None:
        self.relay.kill()
        self.relay = self.start(relay)

    def lose_the_broker(self) -> None:
        self.valkey.stop()
        time.sleep(0.2)
        self.valkey.start()

    def freeze_the_broker(self) -> None:
        self.valkey.freeze()
        time.sleep(0.4)
        self.valkey.thaw()

    def flush_the_broker(self) -> None:
        self.valkey.flush()

    def faults(self, seed: int) -> list[Callable[[], None]]:
        """All of them, in an order of the seed's."""
        found = [
            self.kill_a_child, self.kill_a_worker, self.kill_the_relay, self.lose_the_broker, self.freeze_the_broker,
            self.flush_the_broker, cut_connections,
        ]  # fmt: skip
        Random(seed).shuffle(found)
        return found


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.long)])
def test_a_run_survives_what_happens_to_its_parts(
    committed_db: object, start: Start, valkey: Valkey, seed: int
) -> None:
    expected = undisturbed(stocked("south"))
    north = stocked("north")
    allocations = pair(north)
    parts = Parts(start, valkey)
    run = start_run(north)
    until(lambda: RunLine.objects.filter(run=run).exclude(state=RunLine.State.WAITING).exists(), what="the first batch")
    hand = threading.Thread(target=apply_by_hand, args=(north, allocations), daemon=True)
    hand.start()
    suffered = 0
    for fault in parts.faults(seed):
        fault()
        connection.close()
        end_leases()  # in life a minute later
        if finished(run):
            break
        suffered += 1
        time.sleep(0.1)
    assert suffered >= 2, "the run was over too soon to show anything"
    until(lambda: (end_leases(), finished(run))[1], 60, what="the run")
    hand.join(60)
    assert set(run.lines.values_list("state", flat=True)) == {RunLine.State.DONE}
    assert books(north) == expected
    numbers_are_whole(north)


def test_messages_alone_would_be_lost(committed_db: object, start: Start, valkey: Valkey) -> None:
    """The control: what a flushed broker forgot never happens, until the relay hands it out again."""
    north = stocked("north")
    handed = start(relay)
    run = start_run(north)
    until(lambda: OutboxJob.objects.filter(topic="billing.run.started", handed__gt=0).exists(), what="the hand-out")
    handed.kill()
    valkey.flush()
    start(worker, queues=("billing",), children=2)
    time.sleep(3)
    run.refresh_from_db()
    assert run.state == BillingRun.State.COLLECTING
    start(relay)
    until(lambda: (end_leases(), finished(run))[1], 60, what="the run")
    assert run.state == BillingRun.State.FINISHED
