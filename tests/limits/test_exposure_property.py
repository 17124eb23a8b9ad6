"""After any sequence of verbs, what counts is what its own lists add up to, and what a naive sum over all rows gives."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule, run_state_machine_as_test

from billing.models import BillingEvent
from companies.models import Company
from core.errors import Refusal
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from limits.domain.exposure import Exposure
from limits.models import Reservation
from limits.operations import check_credit, release
from limits.operations.weighing import exposure_now, scale_of
from limits.queries.exposure import ADDENDS, Asked, own, rows_of, together
from payments.models import Payment
from tests.creditmemos.books_machine import picks
from tests.factories.billing import order, tax
from tests.factories.limits import default_limit, limited
from tests.factories.world import key, make_market
from tests.payments.money_machine import MoneyMachine

pytestmark = pytest.mark.property

STEPS = 30
EXAMPLES = {"sqlite": 5, "postgresql": 2}


def naive(payers: set[int], now: Any, through: Any) -> Exposure:
    """The same read off the rows one by one, by the words of the contract."""
    found = dict.fromkeys(("dues", "pending", "committed", "reserved", "credit", "carried", "on_account"), 0)
    for invoice in Invoice.objects.all():
        if invoice.payer_id in payers and invoice.number and invoice.voided_at is None:
            found["dues"] += invoice.total - invoice.credited - invoice.paid
            found["pending"] += invoice.payment_pending
    for memo in CreditMemo.objects.all():
        if memo.payer_id in payers and memo.number and memo.voided_at is None and not memo.payout_pending:
            found["credit"] += memo.total - memo.applied - memo.paid_out - memo.written_off
    for payment in Payment.objects.all():
        if payment.payer_id in payers and payment.settled_at:
            found["on_account"] += payment.amount - payment.allocated - payment.returned - payment.given_back
            found["on_account"] -= payment.kept + payment.give_back_pending  # Below zero: it went back twice.
    found["committed"], found["reserved"] = still_to_come(payers, now, through)
    return Exposure(**found)


def still_to_come(payers: set[int], now: Any, through: Any) -> tuple[int, int]:
    """What is committed and reserved."""
    committed = reserved = 0
    for event in BillingEvent.objects.filter(status="pending").select_related("account"):
        if event.account.payer_id in payers and event.day <= through:
            assert event.price is not None
            committed += int(event.price * 120)
    for row in Reservation.objects.select_related("line"):
        if row.line.payer_id in payers and row.state == "held" and row.expires_at > now:
            reserved += row.amount
    return committed, reserved


class LimitMachine(MoneyMachine):
    """Credit and money as ever, orders that wait for a run, and checkouts that keep and release."""

    keys: list[str]

    def __init__(self) -> None:
        super().__init__()
        self.keys = []

    @rule(price=st.integers(1, 90), ahead=st.sampled_from([0, 29, 30, 31, 200]), for_client=st.booleans())
    def order(self, price: int, ahead: int, for_client: bool) -> None:
        day = self.market.marketplace.today(self.now) + timedelta(days=ahead)
        order(self.market, str(price), day, company=self.market.client if for_client else self.market.acme)

    @rule(amount=st.integers(1, 30_000), for_client=st.booleans())
    def check_out(self, amount: int, for_client: bool) -> None:
        company = self.market.client if for_client else self.market.birch
        name = key()
        answer = check_credit(
            company=company, amount=amount, key=name, keeps=True, actor=self.market.actor(), now=self.now
        )
        if answer.is_allowed:
            self.keys.append(name)

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        if self.keys:
            name = self.keys[pick % len(self.keys)]
            try:
                release(key=name, actor=self.market.actor(), now=self.now)
            except Refusal as refusal:
                raise AssertionError(name) from refusal

    @invariant()
    def what_counts_is_its_rows(self) -> None:
        for payer in Company.objects.filter(marketplace=self.market.marketplace):
            scale = scale_of(payer.pk, payer.marketplace_id, now=self.now, locked=False)
            exposure, total = exposure_now(scale)
            assert exposure == naive({payer.pk}, self.now, scale.through)
            self.rows_add_up(exposure.total, Asked(own(payer.pk), self.now, scale.through))
            if scale.group is not None and total is not None:
                children = Company.objects.filter(parent_id=scale.group.payer_id).values_list("pk", flat=True)
                assert total == naive({scale.group.payer_id, *children}, self.now, scale.through).total
                self.rows_add_up(total, Asked(together(scale.group.payer_id), self.now, scale.through))

    def rows_add_up(self, total: int, asked: Asked) -> None:
        sums = {each.name: sum(row.counts for row in rows_of(each.name, asked)) for each in ADDENDS}
        owed = sums["dues"] - sums["pending"] + sums["periods"] + sums["events"] + sums["reserved"]
        assert total == owed - sums["credit"] - sums["carried"] - sums["on_account"]


def test_any_sequence_of_verbs(db: None) -> None:
    market = make_market()
    tax(market)
    market.birch.parent = market.acme
    market.birch.save()
    default_limit(market, 300_00)
    limited(market, 900_00, is_shared=True)
    machine = type("Machine", (LimitMachine,), {"market": market})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=EXAMPLES[connection.vendor], stateful_step_count=STEPS)
    )
