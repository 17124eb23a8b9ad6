"""Money on account that goes back to the customer: no memo, no tax; reserved while a bank moves it."""

from datetime import timedelta
from typing import Any

import pytest

from companies.domain.refusals import AlreadyAsked, OwnCompany
from companies.models import MarketplaceSettings
from companies.operations import approvals
from core.errors import InvalidInput
from core.models import Approval
from creditmemos.verification import breaches
from payments.domain.refusals import BackBeforeItWent, OverOnAccount, OverReturnable
from payments.models import Allocation, Payment, PaymentReturn, Refund
from payments.operations import (
    allocate,
    fail_refund,
    give_back,
    pay_out,
    return_payment,
    return_refund,
    settle_refund,
    take_off,
    undo_return,
)
from payments.queries.twice import with_twice
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.refunds import given_back, paid_out, sent
from tests.factories.world import NOW, TODAY, Market, charge, credit_invoice, issue_invoice, key
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(market: Market) -> Payment:
    """100.00 on account, kept there."""
    return receive(market, 100_00, keep_on_account=True)


def back(market: Market, payment: Payment, amount: int, **extra: object) -> object:
    return give_back(
        payment=payment, amount=amount, sending=sent(**extra), reason="Paid twice", actor=market.actor(), now=NOW,
        key=key(),
    )  # fmt: skip


def test_it_leaves_the_account(market: Market, payment: Payment) -> None:
    with listening():
        refund = back(market, payment, 30_00)
    assert isinstance(refund, Refund)
    payment.refresh_from_db()
    assert (payment.given_back, payment.on_account, payment.give_back_pending) == (30_00, 70_00, 0)
    assert posted("refund.sent") == [[("unallocated", 30_00), ("money_clearing", -30_00)]]
    assert (noted("refund.sent").kind, noted("refund.sent").note) == ("payment", "Paid twice")
    assert published("refund.sent") == [{"refund_id": refund.pk, "account_id": payment.account_id, "memo_id": None}]


def test_what_is_on_its_way_stays_on_account_and_is_not_used(market: Market, payment: Payment) -> None:
    invoice = issue_invoice(market)
    refund = given_back(market, payment, 30_00, is_pending=True)
    payment.refresh_from_db()
    assert (payment.on_account, payment.give_back_pending, payment.free) == (100_00, 30_00, 70_00)
    with refused(OverOnAccount, field=f"amount-{invoice.pk}"):
        allocate(payment=payment, wanted=[(invoice.pk, 70_01)], actor=market.actor(), now=NOW, key=key())
    settle_refund(refund=refund, value_date=TODAY, actor=market.actor(), now=NOW)
    payment.refresh_from_db()
    assert (payment.on_account, payment.given_back, payment.give_back_pending) == (70_00, 30_00, 0)


def test_what_failed_is_free_again(market: Market, payment: Payment) -> None:
    refund = given_back(market, payment, 30_00, is_pending=True)
    fail_refund(refund=refund, why="Account closed", actor=market.actor(), now=NOW)
    payment.refresh_from_db()
    assert (payment.free, payment.give_back_pending, payment.given_back) == (100_00, 0, 0)
    assert not posted("refund.sent")


def test_what_came_back_is_on_account_again(market: Market, payment: Payment) -> None:
    refund = given_back(market, payment, 30_00)
    return_refund(refund=refund, value_date=TODAY, why="Unknown account", actor=market.actor(), now=NOW)
    payment.refresh_from_db()
    assert (payment.on_account, payment.given_back) == (100_00, 0)
    assert posted("refund.returned") == [[("unallocated", -30_00), ("money_clearing", 30_00)]]


def test_it_does_not_come_back_before_it_went(market: Market, payment: Payment) -> None:
    refund = given_back(market, payment, 30_00)
    with refused(BackBeforeItWent, field="value_date"):
        return_refund(refund=refund, value_date=TODAY - timedelta(days=1), why="Unknown", actor=market.actor(), now=NOW)


def test_not_more_than_is_there(market: Market, payment: Payment) -> None:
    with refused(OverOnAccount, field="amount"):
        back(market, payment, 100_01)
    with refused(InvalidInput, field="amount"):
        back(market, payment, 0)


def taken(market: Market, payment: Payment, amount: int) -> PaymentReturn:
    return return_payment(
        payment=payment, amount=amount, reason="bank_return", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )


def figures(payment: Payment) -> tuple[int, ...]:
    payment.refresh_from_db()
    return (payment.on_account, payment.overdrawn, payment.returned, payment.given_back, payment.give_back_pending)


def twice(payment: Payment) -> int:
    found: Any = with_twice(Payment.objects.filter(pk=payment.pk)).get()
    return int(found.paid_back_twice)


def test_what_a_bank_takes_back_after_it_went_is_paid_back_twice(market: Market, payment: Payment) -> None:
    given_back(market, payment, 30_00)
    taken(market, payment, 70_00)
    assert (figures(payment), twice(payment)) == ((0, 0, 70_00, 30_00, 0), 0)
    with refused(OverReturnable, field="amount"):
        taken(market, payment, 30_01)
    last = taken(market, payment, 30_00)
    assert (figures(payment), twice(payment), payment.status) == ((0, 30_00, 100_00, 30_00, 0), 30_00, "returned")
    assert breaches() == []
    undo_return(row=last, value_date=TODAY, actor=market.actor(), now=NOW, key=key())
    assert (figures(payment), twice(payment), payment.status) == ((0, 0, 70_00, 30_00, 0), 0, "successful")


def test_a_refund_of_it_that_comes_back_makes_it_good(market: Market, payment: Payment) -> None:
    refund = given_back(market, payment, 40_00)
    taken(market, payment, 100_00)
    assert (figures(payment), twice(payment)) == ((0, 40_00, 100_00, 40_00, 0), 40_00)
    return_refund(refund=refund, value_date=TODAY, why="Account closed", actor=market.actor(), now=NOW)
    assert (figures(payment), twice(payment), payment.status) == ((0, 0, 100_00, 0, 0), 0, "returned")
    assert breaches() == []


@pytest.mark.parametrize("arrives", [True, False])
def test_a_bank_takes_what_is_on_its_way_back_too(market: Market, payment: Payment, arrives: bool) -> None:
    refund = given_back(market, payment, 60_00, is_pending=True)
    taken(market, payment, 100_00)
    assert (figures(payment), payment.free, twice(payment)) == ((0, 0, 100_00, 0, 60_00), 0, 60_00)
    if arrives:
        settle_refund(refund=refund, value_date=TODAY, actor=market.actor(), now=NOW)
        assert (figures(payment), twice(payment)) == ((0, 60_00, 100_00, 60_00, 0), 60_00)
    else:
        fail_refund(refund=refund, why="Stopped", actor=market.actor(), now=NOW)
        assert (figures(payment), twice(payment)) == ((0, 0, 100_00, 0, 0), 0)
    assert breaches() == []


def test_a_charge_back_after_a_payout_leaves_the_debt_and_says_so(market: Market) -> None:
    """100.00 is paid, credited, paid out and charged back: due 100.00, and 100.00 was paid back twice."""
    invoice = issue_invoice(market, charge("100.00", taxes=()))
    payment = receive(market, 100_00, (invoice, 100_00))
    invoice.refresh_from_db()
    memo = credit_invoice(market, invoice, 100_00, use="hold")
    pay_out(memo=memo, sending=sent(), reason="The customer left", actor=market.actor(), now=NOW, key=key())
    assert Refund.objects.get().payment is None
    assert twice(payment) == 0
    taken(market, payment, 100_00)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.paid) == ("unpaid", 100_00, 0)
    assert (figures(payment), twice(payment)) == ((0, 0, 100_00, 0, 0), 100_00)
    assert breaches() == []


def test_payouts_and_what_is_given_back_share_what_was_paid(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, invoice.total, (invoice, invoice.total))
    invoice.refresh_from_db()
    memo = credit_invoice(market, invoice, 50_00, use="hold")
    paid_out(market, memo)
    assert sum(row.amount for row in Refund.objects.all()) == memo.total


def test_above_the_limit_a_second_person_agrees(market: Market, payment: Payment) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=49_99)
    assert isinstance(back(market, payment, 20_00), Refund)
    assert isinstance(back(market, payment, 30_00), Approval)
    with refused(AlreadyAsked):
        back(market, payment, 30_00)
    payment.refresh_from_db()
    assert payment.free == 80_00  # A request reserves nothing.
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    payment.refresh_from_db()
    assert payment.given_back == 50_00


def test_money_that_a_person_took_off_an_invoice_takes_two(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 120_00, (invoice, 120_00))
    take_off(
        allocation=Allocation.objects.get(), reason="Wrong invoice", keep=True, confirmed=True, actor=market.actor(),
        now=NOW, key=key(),
    )  # fmt: skip
    assert isinstance(back(market, payment, 1_00), Approval)


def test_one_request_waits_at_a_time_however_it_is_worded(market: Market, payment: Payment) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=0)
    assert isinstance(back(market, payment, 20_00), Approval)
    with refused(AlreadyAsked):
        back(market, payment, 20_00, reference="The same again")


def test_a_bank_takes_off_invoices_before_what_is_on_its_way_back(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 100_00, (invoice, 40_00), keep_on_account=True)
    given_back(market, payment, 60_00, is_pending=True)
    taken(market, payment, 40_00)
    assert (figures(payment), payment.allocated, twice(payment)) == ((60_00, 0, 40_00, 0, 60_00), 0, 0)


def test_not_of_ones_own_company(market: Market, payment: Payment) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        back(market, payment, 1_00)
