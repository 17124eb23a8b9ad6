"""Paying a credit memo out off-platform: whole, once, from what the customer paid; and what becomes of it."""

from datetime import timedelta

import pytest

from companies.domain.refusals import AlreadyAsked, NotADecider, OwnCompany
from companies.models import Grant, MarketplaceSettings
from companies.operations import approvals
from core.errors import InvalidInput, Missing
from core.models import Approval
from creditmemos.domain.refusals import PayoutPending
from creditmemos.models import CreditMemo
from creditmemos.operations import close, release
from creditmemos.operations.holding import PayoutAsked
from creditmemos.operations.voiding import void
from invoices.models import Invoice
from payments.domain.refusals import NotPayable, OverPaidIn, RefundEnded, ValueDateInFuture
from payments.models import Refund
from payments.operations import fail_refund, pay_out, return_refund, settle_refund
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.world import NOW, TODAY, Market, apply, credit_invoice, issue_invoice, issue_memo, key, make_market
from tests.support.outbox import drain
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def memo(market: Market) -> CreditMemo:
    """50.00 of an invoice that was paid, on hold."""
    invoice = issue_invoice(market)
    receive(market, invoice.total, (invoice, invoice.total))
    invoice.refresh_from_db()
    return credit_invoice(market, invoice, 50_00, use="hold")


def out(market: Market, memo: CreditMemo, *, person: str = "manager", reason: str = "Left", **extra: object) -> object:
    return pay_out(memo=memo, sending=sent(**extra), reason=reason, actor=market.actor(person), now=NOW, key=key())


def test_credit_becomes_money(market: Market, memo: CreditMemo) -> None:
    with listening():
        refund = out(market, memo, reference="SEPA 7")
    assert isinstance(refund, Refund)
    memo.refresh_from_db()
    assert (memo.status, memo.paid_out, memo.payout_pending, memo.balance) == ("paid_out", memo.total, 0, 0)
    assert (refund.status, refund.amount, refund.value_date, refund.reference) == (
        "successful", memo.total, TODAY, "SEPA 7",
    )  # fmt: skip
    assert posted("refund.sent") == [[("customer_credit", memo.total), ("money_clearing", -memo.total)]]
    assert (noted("refund.sent").object_id, noted("refund.sent").note) == (memo.pk, "Left")
    assert published("refund.sent") == [{"refund_id": refund.pk, "account_id": memo.account_id, "memo_id": memo.pk}]
    assert Invoice.objects.get().paid == Invoice.objects.get().total  # Paying out never lowers what was paid.


def test_while_the_bank_moves_it_nothing_else_uses_it(market: Market, memo: CreditMemo) -> None:
    refund = out(market, memo, is_pending=True)
    assert isinstance(refund, Refund)
    memo.refresh_from_db()
    assert (memo.status, memo.payout_pending, memo.balance) == ("unapplied", memo.total, memo.total)
    assert not posted("refund.sent")
    for verb in (close, void):
        with refused(PayoutPending):
            verb(memo=memo, reason="x", actor=market.actor(), now=NOW)
    with refused(PayoutPending):
        out(market, memo)
    settle_refund(refund=refund, value_date=TODAY - timedelta(days=2), actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    refund.refresh_from_db()
    assert (memo.status, refund.status) == ("paid_out", "successful")
    assert refund.value_date == TODAY - timedelta(days=2)
    assert len(posted("refund.sent")) == 1


def test_a_payout_that_fails_leaves_credit_which_is_used_again(market: Market) -> None:
    memo = issue_memo(market)
    refund = _by_two(market, memo)
    with refused(PayoutPending):
        release(memo=memo, actor=market.actor(), now=NOW)
    invoice = issue_invoice(market)
    drain(NOW)
    invoice.refresh_from_db()
    assert invoice.credited == 0  # It is on its way.
    fail_refund(refund=refund, why="Account closed", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    refund.refresh_from_db()
    assert (memo.payout_pending, memo.status, refund.status, refund.failure_text) == (
        0, "unapplied", "failed", "Account closed",
    )  # fmt: skip
    assert noted("refund.failed").note == "Account closed"
    release(memo=memo, actor=market.actor(), now=NOW)
    drain(NOW)
    invoice.refresh_from_db()
    assert invoice.credited == memo.total


def _by_two(market: Market, memo: CreditMemo) -> Refund:
    receive(market, memo.total, keep_on_account=True)
    assert isinstance(out(market, memo, is_pending=True), Approval)
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    return Refund.objects.get()


def test_money_that_came_back_is_credit_again_on_hold(market: Market, memo: CreditMemo) -> None:
    refund = out(market, memo)
    assert isinstance(refund, Refund)
    return_refund(refund=refund, value_date=TODAY, why="Wrong account", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    refund.refresh_from_db()
    assert (memo.status, memo.paid_out, memo.balance, memo.on_hold) == ("unapplied", 0, memo.total, True)
    assert (refund.status, refund.returned_on) == ("returned", TODAY)
    assert posted("refund.returned") == [[("customer_credit", -memo.total), ("money_clearing", memo.total)]]
    assert isinstance(out(market, memo), Refund)  # Another attempt, another row.
    assert Refund.objects.count() == 2


def test_what_ended_does_not_end_again(market: Market, memo: CreditMemo) -> None:
    refund = out(market, memo)
    assert isinstance(refund, Refund)
    with refused(RefundEnded):
        settle_refund(refund=refund, value_date=TODAY, actor=market.actor(), now=NOW)
    with refused(RefundEnded):
        fail_refund(refund=refund, why="x", actor=market.actor(), now=NOW)
    return_refund(refund=refund, value_date=TODAY, why="Wrong account", actor=market.actor(), now=NOW)
    with refused(RefundEnded):
        return_refund(refund=refund, value_date=TODAY, why="x", actor=market.actor(), now=NOW)


def test_credit_in_use_is_not_paid_out(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = issue_memo(market)
    receive(market, 50_00, keep_on_account=True)
    apply(market, memo, invoice, 10_00)
    with refused(NotPayable):
        out(market, memo)


def test_not_more_than_the_customer_paid(market: Market) -> None:
    memo = issue_memo(market)
    receive(market, 49_99, keep_on_account=True)
    with refused(OverPaidIn) as caught:
        out(market, memo)
    assert "€49.99" in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


def test_credit_that_undoes_no_invoice_takes_two_people(market: Market) -> None:
    memo = issue_memo(market)
    refund = _by_two(market, memo)
    memo.refresh_from_db()
    assert memo.on_hold
    manager, second = market.user("manager"), market.user("second_manager")
    assert (refund.requested_by, refund.approved_by) == (manager, second)


def test_and_so_does_credit_of_what_nobody_paid(market: Market) -> None:
    unpaid, paid = issue_invoice(market), issue_invoice(market)
    receive(market, paid.total, (paid, paid.total))
    memo = credit_invoice(market, unpaid, 100_00)
    assert isinstance(out(market, memo), Approval)


def test_support_does_not_agree_to_money(market: Market) -> None:
    Grant.objects.create(marketplace=market.marketplace, role="support", permission="creditmemos.approve", granted=True)
    memo = issue_memo(market)
    receive(market, memo.total, keep_on_account=True)
    out(market, memo)
    with refused(NotADecider):
        approvals.approve(approval=Approval.objects.get(), actor=market.actor("support"), now=NOW)


def test_and_so_does_more_than_the_approval_limit(market: Market, memo: CreditMemo) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=memo.total - 1)
    assert isinstance(out(market, memo), Approval)
    with refused(AlreadyAsked):
        out(market, memo)
    assert not Refund.objects.exists()


def test_what_was_sent_counts_towards_the_limit(market: Market, memo: CreditMemo) -> None:
    other = credit_invoice(market, Invoice.objects.get(), 10_00, use="hold")
    issued = memo.total + other.total
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(
        approval_threshold=issued + memo.total + other.total - 1
    )
    assert isinstance(out(market, memo), Refund)
    assert isinstance(out(market, other), Approval)


def test_while_it_is_asked_for_the_hold_stays(market: Market) -> None:
    memo = issue_memo(market, use="follow")
    receive(market, memo.total, keep_on_account=True)
    out(market, memo)
    with refused(PayoutAsked):
        release(memo=memo, actor=market.actor(), now=NOW)
    approvals.reject(approval=Approval.objects.get(), reason="No", actor=market.actor("second_manager"), now=NOW)
    release(memo=memo, actor=market.actor(), now=NOW)


def test_a_request_is_asked_again_in_full_when_it_is_decided(market: Market) -> None:
    memo = issue_memo(market)
    payment = receive(market, 50_00, keep_on_account=True)
    out(market, memo)
    invoice = issue_invoice(market)
    apply(market, memo, invoice, 10_00)
    with refused(NotPayable):
        approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    assert payment.amount == 50_00


@pytest.mark.parametrize("person", ["manager", "finance"])
def test_not_of_ones_own_company(market: Market, memo: CreditMemo, person: str) -> None:
    MembershipFactory.create(user=market.user(person), company=market.acme, roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        out(market, memo, person=person)


def test_nor_of_another_marketplace(market: Market, memo: CreditMemo) -> None:
    stranger = make_market("south")
    with refused(Missing):
        out(stranger, memo)


def test_what_is_typed_is_checked(market: Market, memo: CreditMemo) -> None:
    with refused(InvalidInput, field="means"):
        out(market, memo, means="barter")
    with refused(ValueDateInFuture, field="value_date"):
        out(market, memo, value_date=TODAY + timedelta(days=1))
    with refused(InvalidInput, field="reference"):
        out(market, memo, reference="x" * 141)
    with refused(InvalidInput, field="reason"):
        out(market, memo, reason=" ")
    with refused(ValueDateInFuture, field="value_date"):
        out(market, memo, is_pending=True, value_date=TODAY + timedelta(days=1))


def test_the_same_key_is_one_refund(market: Market, memo: CreditMemo) -> None:
    once = key()

    def go() -> object:
        return pay_out(memo=memo, sending=sent(), reason="Left", actor=market.actor(), now=NOW, key=once)

    assert go() == go()
    assert Refund.objects.count() == 1
