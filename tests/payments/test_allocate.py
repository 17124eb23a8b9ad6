"""Using money on account: by hand with amounts given, and automatically by the marketplace's policy."""

from datetime import timedelta

import pytest

from companies.models import MarketplaceSettings
from core.errors import Missing
from creditmemos.operations.applying import OverDue
from payments.domain.refusals import NothingToAllocate, NotSuccessful, OverOnAccount
from payments.models import Allocation
from payments.operations import allocate, allocate_automatically
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, charge, issue_invoice, issue_memo, key
from tests.support.outbox import drain
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


def test_money_on_account_goes_to_an_invoice(market: Market) -> None:
    payment, invoice = receive(market, 20_000), issue_invoice(market)
    with listening():
        payment = allocate(payment=payment, wanted=[(invoice.pk, 5_000)], actor=market.actor(), now=NOW, key=key())
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.amount_due, payment.on_account) == (5_000, 7_000, 15_000)
    assert posted("payment.allocated") == [[("unallocated", 5_000), ("receivable", -5_000)]]
    assert noted("payment.allocated").after["allocations"][0]["amount"] == 5_000
    assert published("payment.allocated")[0]["invoice_ids"] == [invoice.pk]


def test_more_than_is_on_account_is_refused(market: Market) -> None:
    payment, first, invoice = receive(market, 4_999), issue_invoice(market), issue_invoice(market)
    wanted = [(first.pk, 4_000), (invoice.pk, 1_000)]
    with refused(OverOnAccount, field=f"amount-{invoice.pk}"):
        allocate(payment=payment, wanted=wanted, actor=market.actor(), now=NOW, key=key())


def test_more_than_is_due_is_refused(market: Market) -> None:
    payment, invoice = receive(market, 50_000), issue_invoice(market)
    with refused(OverDue, field=f"amount-{invoice.pk}"):
        allocate(payment=payment, wanted=[(invoice.pk, 12_001)], actor=market.actor(), now=NOW, key=key())


def test_nothing_is_refused(market: Market) -> None:
    payment = receive(market, 500)
    with refused(NothingToAllocate):
        allocate(payment=payment, wanted=[], actor=market.actor(), now=NOW, key=key())


def test_a_pending_payment_has_nothing_to_use(market: Market) -> None:
    payment, invoice = receive(market, 500, is_pending=True), issue_invoice(market)
    with refused(NotSuccessful):
        allocate(payment=payment, wanted=[(invoice.pk, 500)], actor=market.actor(), now=NOW, key=key())


def test_another_marketplaces_payment_is_not_there(market: Market, south: Market) -> None:
    payment, invoice = receive(south, 500), issue_invoice(market)
    with refused(Missing):
        allocate(payment=payment, wanted=[(invoice.pk, 500)], actor=market.actor(), now=NOW, key=key())


def test_automatic_use_serves_the_oldest_money_and_the_first_due(market: Market) -> None:
    later = issue_invoice(market, now=NOW + timedelta(hours=1))
    earlier = issue_invoice(market, charge("10.00"), now=NOW + timedelta(hours=1), terms_days=3)
    first, second = receive(market, 3_000), receive(market, 10_000)
    allocate_automatically(account_id=market.account().pk, now=NOW)
    for row in (later, earlier, first, second):
        row.refresh_from_db()
    assert (earlier.status, later.status, later.amount_due) == ("paid", "unpaid", 200)
    assert (first.on_account, second.on_account) == (0, 0)
    assert list(Allocation.objects.order_by("pk").values_list("payment", "invoice", "amount", "automatic")) == [
        (first.pk, earlier.pk, 1_200, True), (first.pk, later.pk, 1_800, True), (second.pk, later.pk, 10_000, True),
    ]  # fmt: skip
    assert allocate_automatically(account_id=market.account().pk, now=NOW) == []


def test_money_that_stays_on_account_is_left_alone(market: Market) -> None:
    payment, invoice = receive(market, 500, keep_on_account=True), issue_invoice(market)
    assert allocate_automatically(account_id=market.account().pk, now=NOW) == []
    allocate(payment=payment, wanted=[(invoice.pk, 500)], actor=market.actor(), now=NOW, key=key())


def test_what_is_being_paid_is_left_to_that_payment(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 11_500, (invoice, 11_500), is_pending=True)
    payment = receive(market, 900)
    allocate_automatically(account_id=market.account().pk, now=NOW)
    payment.refresh_from_db()
    assert payment.on_account == 400


def test_credit_comes_before_money_when_an_invoice_is_issued(market: Market) -> None:
    payment = receive(market, 50_000)
    issue_memo(market, "100.00", use="follow")
    invoice = issue_invoice(market)
    drain(NOW)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, invoice.credited, invoice.paid) == ("paid", 10_000, 2_000)
    assert payment.on_account == 48_000


def test_a_marketplace_may_leave_it_to_people(market: Market) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_allocate=False)
    payment = receive(market, 50_000)
    issue_invoice(market)
    drain(NOW)
    payment.refresh_from_db()
    assert payment.on_account == 50_000
