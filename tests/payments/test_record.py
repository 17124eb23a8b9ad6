"""Recording a payment: used on invoices, the rest on account; pending ones wait."""

from datetime import timedelta

import pytest

from companies.domain.refusals import OwnCompany
from core.errors import InvalidInput, Missing
from creditmemos.operations.applying import OverDue
from ledger.models import JournalEntry
from payments.domain.refusals import (
    BeingPaid,
    InvoiceTwice,
    NotOwed,
    OtherAccount,
    OverPayment,
    ValueDateInFuture,
)
from payments.models import Allocation, AllocationPart, Payment
from payments.operations import Received, fail_payment, record_payment, settle_payment
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, apply, charge, issue_invoice, issue_memo, key
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


def test_money_goes_to_invoices_and_the_rest_on_account(market: Market) -> None:
    first, second = issue_invoice(market), issue_invoice(market, charge("50.00"))
    with listening():
        payment = receive(market, 20_000, (first, 12_000), (second, 2_500), reference="RF 77")
    first.refresh_from_db()
    second.refresh_from_db()
    payment.refresh_from_db()
    assert (first.status, first.paid, first.amount_due) == ("paid", 12_000, 0)
    assert (second.status, second.paid, second.amount_due) == ("unpaid", 2_500, 3_500)
    assert (payment.status, payment.amount, payment.allocated, payment.on_account) == (
        "successful",
        20_000,
        14_500,
        5_500,
    )
    assert posted("payment.received") == [
        [("money_clearing", 20_000), ("receivable", -12_000), ("receivable", -2_500), ("unallocated", -5_500)]
    ]
    assert noted("payment.received").after["on_account"] == 5_500
    [event] = published("payment.received")
    assert event["payment_id"] == payment.pk
    assert event["invoice_ids"] == sorted([first.pk, second.pk])


def test_each_allocation_falls_on_lines_and_taxes_by_largest_remainder(market: Market) -> None:
    invoice = issue_invoice(market, charge("50.42", taxes=()), charge("60.00"))  # 50.42, 60.00 + 12.00
    receive(market, 6_003, (invoice, 6_003))
    parts = AllocationPart.objects.order_by("line__position", "tax_id").values_list(
        "line__position", "tax_id", "amount"
    )
    assert sum(amount for _line, _tax, amount in parts) == 6_003
    assert sorted(amount for _line, _tax, amount in parts) == [589, 2_472, 2_942]
    receive(market, 6_239, (invoice, 6_239))
    for line in invoice.lines.all():
        assert line.paid_net == line.net
        assert [tax.paid for tax in line.taxes.all()] == [tax.amount for tax in line.taxes.all()]


def test_entries_carry_account_and_payment(market: Market) -> None:
    payment = receive(market, 500)
    entry = JournalEntry.objects.get(account="unallocated")
    assert (entry.balance_account_id, entry.payment_id, entry.amount) == (payment.account_id, payment.pk, -500)
    clearing = JournalEntry.objects.get(account="money_clearing")
    assert (clearing.payment_id, clearing.detail) == (payment.pk, "off_platform transfer")


def test_the_same_key_records_once(market: Market) -> None:
    token = key()
    received = Received(500, "cash", TODAY)
    made = [
        record_payment(account=market.account(), received=received, actor=market.actor(), now=NOW, key=token).pk
        for _ in range(2)
    ]
    assert made[0] == made[1]
    assert Payment.objects.count() == 1


@pytest.mark.parametrize(
    ("wanted", "refusal", "text"),
    [
        ([12_001], OverDue, "Only €120.00 is due on"),
        ([12_000, 12_000], InvoiceTwice, "twice"),
        ([11_000], OverPayment, "€10.00 more than the payment of €100.00"),
    ],
)
def test_what_does_not_fit_is_refused_with_the_figure(
    market: Market, wanted: list[int], refusal: type, text: str
) -> None:
    invoice = issue_invoice(market)
    amount = 10_000 if refusal is OverPayment else 30_000
    field = "amount" if refusal is OverPayment else f"amount-{invoice.pk}"
    with refused(refusal, field=field) as caught:
        receive(market, amount, *((invoice, each) for each in wanted))
    assert text in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


def test_another_customers_invoice_is_refused(market: Market) -> None:
    invoice = issue_invoice(market, company=market.birch)
    with refused(OtherAccount, field=f"amount-{invoice.pk}"):
        receive(market, 500, (invoice, 500))


def test_a_stranger_s_invoice_is_not_there(market: Market, south: Market) -> None:
    invoice = issue_invoice(south)
    with refused(Missing):
        receive(market, 500, (invoice, 500))


def test_a_paid_invoice_takes_no_more(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 12_000, (invoice, 12_000))
    with refused(NotOwed, field=f"amount-{invoice.pk}"):
        receive(market, 1, (invoice, 1))


def test_a_value_date_is_not_in_the_future(market: Market) -> None:
    with refused(ValueDateInFuture, field="value_date"):
        receive(market, 500, value_date=TODAY + timedelta(days=1))


@pytest.mark.parametrize("amount", [0, -1, 10**15 + 1])
def test_an_amount_is_above_zero_and_not_beyond_counting(market: Market, amount: int) -> None:
    with refused(InvalidInput, field="amount"):
        receive(market, amount)


def test_nobody_says_that_their_own_company_paid(market: Market) -> None:
    MembershipFactory.create(company=market.acme, user=market.user("manager"), roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        receive(market, 500)


def test_a_pending_payment_posts_nothing_and_its_invoices_wait(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 10_000, (invoice, 10_000), is_pending=True, means="cheque")
    invoice.refresh_from_db()
    assert (invoice.status, invoice.payment_pending, invoice.amount_due) == ("pending", 10_000, 12_000)
    assert (payment.status, payment.amount, payment.asked) == ("pending", 0, 10_000)
    assert posted("payment.received") == []
    with refused(BeingPaid, field=f"amount-{invoice.pk}"):
        receive(market, 2_001, (invoice, 2_001))
    receive(market, 2_000, (invoice, 2_000))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("pending", 10_000)


def test_a_pending_payment_that_arrives_settles_what_it_was_meant_for(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 12_000, (invoice, 12_000), is_pending=True, means="cheque")
    settle_payment(payment=payment, amount=12_500, value_date=TODAY, actor=market.actor(), now=NOW)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, invoice.payment_pending, invoice.paid) == ("paid", 0, 12_000)
    assert (payment.status, payment.on_account) == ("successful", 500)


def test_a_pending_payment_that_fails_lets_its_invoices_go(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 12_000, (invoice, 12_000), is_pending=True, means="cheque")
    fail_payment(payment=payment, why="The cheque is not signed", actor=market.actor(), now=NOW)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, invoice.payment_pending) == ("unpaid", 0)
    assert (payment.status, payment.failure_text) == ("failed", "The cheque is not signed")
    assert not Allocation.objects.exists()


def test_credit_and_money_together_settle_each_line(market: Market) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market, "50.00"), invoice, 5_000)
    receive(market, 7_000, (invoice, 7_000))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.credited, invoice.paid) == ("paid", 5_000, 7_000)
