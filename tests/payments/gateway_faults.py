"""A run of charges and refunds on our outbox against the stand-in, with all that goes wrong between the two.

Answers are lost after their effect, servers are away or answer 500 and keep that, workers end between an answer and its
record, events come before the answer, twice and in any order, refunds take a while, fail, or fail after they succeeded.
"""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from core import consumer
from core.clock import database_now
from core.models import OutboxJob
from payments.gateway.protocol import Outcome
from payments.gateway.signatures import sign
from payments.models import Payment, Refund
from payments.operations import by_gateway, pay_out
from payments.operations.sweeping import sweep
from tests.factories.gateway import ACCOUNT, charged, customer_with
from tests.factories.world import NOW, Market, credit_invoice, issue_invoice, key
from tests.support.outbox import end_leases
from tests.support.standin import Standin

METHODS = ("pm_card_visa", "pm_card_pendingRefund", "pm_card_refundFail", "pm_card_mastercard")
RATES = {"lost": 0.15, "before": 0.10, "after": 0.05}
CRASHES, DUPLICATES, LATE_FAILURES = 0.10, 0.30, 0.08
EVENTS_AT_ONCE = 0.4
"""Jobs after which events come at once, before those of other jobs."""
ROUNDS = 60
SECRET = "whsec_of_the_faults"


class Crash(BaseException):
    """A worker ended."""


@dataclass
class Run:
    """One run by a seed; afterwards it tells what the provider has.

    ``memos`` are the refunds of each payment, each of 12.00 out of 120.00: one that is sent twice finds money.
    """

    market: Market
    provider: Standin
    seed: int
    memos: int
    crashes: int = 0
    now: datetime = NOW
    seen: set[str] = field(default_factory=set)
    went: set[str] = field(default_factory=set)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)

    def charge_and_refund(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Charge invoices, then refund parts of each, until nothing is left to do."""
        with self.crashing(monkeypatch):
            invoices = [issue_invoice(self.market) for _method in METHODS]
            methods = [customer_with(self.market, self.provider, method) for method in METHODS]
            self.provider.tell("/_faults", rates=RATES, seed=self.seed)
            for method, invoice in zip(methods, invoices, strict=True):
                charged(self.market, method, (invoice, invoice.total))
            self.work()
            for payment, invoice in zip(Payment.objects.order_by("pk"), invoices, strict=True):
                invoice.refresh_from_db()
                for _memo in range(self.memos):
                    pay_out(
                        memo=credit_invoice(self.market, invoice, 10_00), sending=by_gateway(payment, now=NOW),
                        reason="x", actor=self.market.actor(), now=NOW, key=key(),
                    )  # fmt: skip
            self.work()

    @contextmanager
    def crashing(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        """Now and then a worker ends once it has its answer."""
        close = consumer._close

        def or_crash(*told: Any) -> None:
            if self.chance.random() < CRASHES:
                self.crashes += 1
                raise Crash
            close(*told)

        with monkeypatch.context() as patched:
            patched.setattr(consumer, "_close", or_crash)
            yield

    def work(self) -> None:
        """Run jobs and deliver events until both are done; every round an hour goes by at the provider and here."""
        for _ in range(ROUNDS):
            jobs = list(OutboxJob.objects.due(database_now()).values_list("pk", flat=True))
            self.chance.shuffle(jobs)
            for job in jobs:
                try:
                    consumer.run(job, self.now)
                except Crash:
                    continue
                finally:
                    if self.chance.random() < EVENTS_AT_ONCE:
                        self.deliver()
            self.fail_late()
            self.provider.advance(3600)
            self.deliver()
            if not OutboxJob.objects.open().exists() and not self.is_pending():
                return
            self.now += timedelta(hours=1)
            sweep(self.now)
            end_leases()
        raise AssertionError("the run does not end")

    def is_pending(self) -> bool:
        return any(model.objects.filter(status="pending").exists() for model in (Payment, Refund))

    def fail_late(self) -> None:
        """Some of what succeeded comes back; each is asked once."""
        went = Refund.objects.filter(status="successful").exclude(provider_ref__in=self.went)
        for ref in went.order_by("pk").values_list("provider_ref", flat=True):
            self.went.add(str(ref))
            if self.chance.random() < LATE_FAILURES:
                self.provider.tell(f"/_test/refunds/{ref}/fail")

    def deliver(self) -> None:
        """Send what is new as signed webhooks: some twice, in any order."""
        told = self.provider.read("/v1/events?limit=100")["data"]
        new = [event for event in told if event["id"] not in self.seen]
        self.seen |= {event["id"] for event in new}
        new += [event for event in new if self.chance.random() < DUPLICATES]
        self.chance.shuffle(new)
        for event in new:
            body = json.dumps(event).encode()
            answer = Client().post(
                reverse("payments:stripe_webhook", args=[ACCOUNT]), body, content_type="application/json",
                headers={"Stripe-Signature": sign(body, secrets=[SECRET], stamp=int(time.time()))},
            )  # fmt: skip
            assert answer.status_code == 200

    def sent(self) -> list[Outcome]:
        """All refunds that the provider has of our charges."""
        gateway = self.provider.gateway()
        refs = Payment.objects.values_list("provider_ref", flat=True)
        return [told for ref in refs for told in gateway.refunds(str(ref))]

    def differences(self) -> dict[str, tuple[int, int]]:
        """Charges of which our books say another sum than the provider's: received, and what is back with the payer."""
        found = {}
        books = self.provider.books()
        for payment in Payment.objects.all():
            theirs = books[str(payment.provider_ref)]
            back = sum(row.amount for row in Refund.objects.filter(payment=payment, status="successful"))
            ours, there = payment.amount - back, theirs["received"] - theirs["refunded"]
            if ours != there:
                found[str(payment)] = (ours, there)
        return found
