"""Money on account that goes back to the customer: no memo, no tax; reserved while a bank moves it."""

from datetime import timedelta

import pytest

from companies.domain.refusals import AlreadyAsked, OwnCompany
from companies.models import MarketplaceSettings
from companies.operations import approvals
from core.errors import InvalidInput
from core.models import Approval
from payments.domain.refusals import BackBeforeItWent, OverOnAccount, OverReturnable
from payments.models import Allocation, Payment, Refund
from payments.operations import allocate, fail_refund, give_back, return_payment, return_refund, settle_refund, take_off
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.refunds import given_back, paid_out, sent
from tests.factories.world import NOW, TODAY, Market, credit_invoice, issue_invoice, key
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


def test_a_bank_takes_back_only_what_is_left(market: Market, payment: Payment) -> None:
    given_back(market, payment, 30_00)
    return_payment(
        payment=payment, amount=70_00, reason="bank_return", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    payment.refresh_from_db()
    assert (payment.on_account, payment.returned, payment.given_back) == (0, 70_00, 30_00)


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


def test_a_bank_takes_off_invoices_what_is_on_its_way_back(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 100_00, (invoice, 40_00), keep_on_account=True)
    given_back(market, payment, 60_00, is_pending=True)

    def takes(amount: int) -> None:
        return_payment(
            payment=payment, amount=amount, reason="bank_return", value_date=TODAY, actor=market.actor(), now=NOW,
            key=key(),
        )  # fmt: skip

    with refused(OverReturnable, field="amount"):
        takes(40_01)
    takes(40_00)
    payment.refresh_from_db()
    assert (payment.allocated, payment.returned, payment.on_account) == (0, 40_00, 60_00)


def test_not_of_ones_own_company(market: Market, payment: Payment) -> None:
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        back(market, payment, 1_00)
