"""Refunding items of an invoice: credited gross, what is due first, the rest paid back by each payment that bears it."""

from decimal import Decimal

import pytest

from companies.domain.refusals import AlreadyAsked, OwnCompany
from companies.models import Company, Marketplace, MarketplaceSettings
from companies.operations import approvals
from core.errors import InvalidInput, Missing
from core.models import Approval
from creditmemos.domain.refusals import InvoiceNotCreditable, OverCredit, PayoutPending, PipelineV1
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import alone_so_far
from creditmemos.operations.voiding import void
from invoices.domain.charging import TaxRate
from invoices.models import Invoice
from payments.domain.refusals import NothingPaid, NotPaidEnough, OverPaidIn, RefundMoved, ValueDateInFuture
from payments.models import Refund
from payments.operations import Items, fail_refund, give_back, pay_out, refund_items, settle_refund, take_off
from tests.factories.companies import MembershipFactory
from tests.factories.items import items, refunded, whole
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.world import NOW, TODAY, Market, apply, charge, credit_invoice, issue_invoice, key, make_market
from tests.support.outbox import drain
from tests.support.verbs import listening, posted, published, refused

pytestmark = pytest.mark.django_db
VAT = (TaxRate("VAT", Decimal("0.19")),)


def invoiced(market: Market, *prices: str) -> Invoice:
    """Lines at 19 %; 100.00 net unless prices are given."""
    return issue_invoice(market, *(charge(price, taxes=VAT) for price in prices or ("100.00",)))


def paid(market: Market, invoice: Invoice, *amounts: int) -> Invoice:
    for amount in amounts:
        receive(market, amount, (invoice, amount))
    invoice.refresh_from_db()
    return invoice


def line(invoice: Invoice, position: int = 1) -> int:
    return int(invoice.lines.get(position=position).pk)


def go(
    market: Market, invoice: Invoice, asked: Items | None = None, *, person: str = "manager", **extra: object
) -> object:
    asked = asked or items(market, *whole(invoice))
    return refund_items(
        invoice=invoice, items=asked, sending=sent(**extra), actor=market.actor(person), now=NOW, key=key()
    )


def test_a_part_paid_invoice_is_settled_and_what_was_paid_goes_back(market: Market) -> None:
    invoice = paid(market, invoiced(market), 60_00)
    with listening():
        done = refunded(market, invoice)
    invoice.refresh_from_db()
    first, second = done.memos
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.total, first.applied, first.status) == (59_00, 59_00, "fully_applied")
    assert (second.total, second.paid_out, second.status) == (60_00, 60_00, "paid_out")
    assert (invoice.status, invoice.paid, invoice.credited, invoice.amount_due) == ("paid", 60_00, 59_00, 0)
    assert [(refund.amount, refund.memo, refund.status) for refund in done.refunds] == [(60_00, second, "successful")]
    assert done.refunds[0].payment == invoice.allocations.get().payment
    assert {memo.source for memo in done.memos} == {"refund"}
    assert posted("refund.sent") == [[("customer_credit", 60_00), ("money_clearing", -60_00)]]
    assert [event["memo_id"] for event in published("refund.sent")] == [second.pk]
    net, tax = (sum(getattr(memo, name) for memo in done.memos) for name in ("net", "tax"))
    assert (net, tax) == (100_00, 19_00)


def test_each_payment_that_bears_a_part_has_a_memo(market: Market) -> None:
    invoice = paid(market, issue_invoice(market, charge("100.00", taxes=())), 60_00, 40_00)
    done = refunded(market, invoice)
    assert [memo.total for memo in done.memos] == [60_00, 40_00]
    assert [(row.amount, row.payment.amount) for row in done.refunds if row.payment] == [(60_00, 60_00), (40_00, 40_00)]


def test_gross_is_net_and_tax_and_the_rest_ends_exactly(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    first, *_none = refunded(market, invoice, (line(invoice), 60_03)).memos
    assert (first.net, first.tax) == (50_45, 9_58)
    rest, *_none = refunded(market, invoice, (line(invoice), 58_97)).memos
    assert (rest.net, rest.tax) == (49_55, 9_42)
    with refused(OverCredit, field=f"line-{line(invoice)}"):
        go(market, invoice, items(market, (line(invoice), 1)))


def test_the_rest_can_be_credited_net(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    refunded(market, invoice, (line(invoice), 60_03))
    rest = credit_invoice(market, invoice, 49_55)
    assert (rest.net, rest.tax) == (49_55, 9_42)


def test_lines_are_split_only_where_a_memo_is_full(market: Market) -> None:
    invoice = paid(market, invoiced(market, "10.00", "20.00", "30.00"), 21_00, 50_40)
    first, second = refunded(market, invoice).memos
    assert [(row.net, row.tax) for row in first.lines.order_by("position")] == [(10_00, 1_90), (7_65, 1_45)]
    assert [(row.net, row.tax) for row in second.lines.order_by("position")] == [(12_35, 2_35), (30_00, 5_70)]


def test_the_payments_that_bear_it_can_be_chosen(market: Market) -> None:
    invoice = paid(market, invoiced(market), 60_00, 59_00)
    second = invoice.allocations.get(amount=59_00).payment
    done = refunded(market, invoice, (line(invoice), 30_00), payments=(second.pk,))
    assert [refund.payment for refund in done.refunds] == [second]
    with refused(NotPaidEnough, field="payments") as caught:
        go(market, invoice, items(market, (line(invoice), 30_00), payments=(second.pk,)))
    assert "29.00" in caught.value.message
    done = refunded(market, invoice, (line(invoice), 89_00))
    assert [refund.amount for refund in done.refunds] == [60_00, 29_00]


def test_what_is_only_due_is_only_credited(market: Market) -> None:
    invoice = paid(market, invoiced(market), 60_00)
    done = refunded(market, invoice, (line(invoice), 50_00))
    assert ([memo.total for memo in done.memos], done.refunds) == ([50_00], [])
    assert done.memos[0].applied == 50_00


def test_while_the_bank_moves_it_the_memo_is_reserved(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    done = refunded(market, invoice, is_pending=True)
    memo, refund = done.memos[0], done.refunds[0]
    memo.refresh_from_db()
    assert (memo.status, memo.payout_pending, memo.on_hold) == ("unapplied", 119_00, False)
    with refused(PayoutPending):
        void(memo=memo, reason="x", actor=market.actor(), now=NOW)
    other = issue_invoice(market)
    drain(NOW)
    other.refresh_from_db()
    assert other.credited == 0
    settle_refund(refund=refund, value_date=TODAY, actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    assert memo.status == "paid_out"


def test_where_no_money_goes_the_memo_is_on_hold(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    done = refunded(market, invoice, is_pending=True)
    fail_refund(refund=done.refunds[0], why="Account closed", actor=market.actor(), now=NOW)
    memo = CreditMemo.objects.get()
    assert (memo.status, memo.payout_pending, memo.on_hold, memo.balance) == ("unapplied", 0, True, 119_00)
    other = issue_invoice(market)
    drain(NOW)
    other.refresh_from_db()
    assert other.credited == 0
    again = pay_out(memo=memo, sending=sent(), reason="Again", actor=market.actor(), now=NOW, key=key())
    assert isinstance(again, Refund)


def test_not_more_than_money_paid(market: Market) -> None:
    invoice = invoiced(market)
    other = paid(market, invoiced(market), 119_00)
    apply(market, credit_invoice(market, other, 20_00), invoice, 23_80)
    paid(market, invoice, 95_20)
    with refused(NotPaidEnough, field="lines") as caught:
        go(market, invoice)
    assert "95.20" in caught.value.message
    assert refunded(market, invoice, (line(invoice), 95_20)).refunds[0].amount == 95_20


def test_nor_than_was_not_sent_back_already(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    memo = credit_invoice(market, invoice, 50_00)
    pay_out(memo=memo, sending=sent(), reason="x", actor=market.actor(), now=NOW, key=key())
    assert [refund.amount for refund in refunded(market, invoice, (line(invoice), 59_50)).refunds] == [59_50]


def test_nor_than_the_account_was_not_sent(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    refunded(market, invoice, (line(invoice), 100_00))
    allocation = invoice.allocations.get()
    take_off(allocation=allocation, reason="x", keep=True, confirmed=True, actor=market.actor(), now=NOW, key=key())
    with refused(OverPaidIn, field="amount"):
        give_back(
            payment=allocation.payment, amount=19_01, sending=sent(), reason="x", actor=market.actor(), now=NOW,
            key=key(),
        )  # fmt: skip


def test_an_invoice_of_which_nothing_was_paid_is_credited_instead(market: Market) -> None:
    invoice = invoiced(market)
    with refused(NothingPaid):
        go(market, invoice)


def test_nor_one_that_takes_no_credit(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(credit_paid_invoices=False)
    with refused(InvoiceNotCreditable):
        go(market, Invoice.objects.get(pk=invoice.pk))


def test_nor_on_a_marketplace_without_credit_memos(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    Marketplace.objects.filter(pk=market.marketplace.pk).update(pipeline="v1")
    with refused(PipelineV1):
        go(market, Invoice.objects.get(pk=invoice.pk))


def test_above_the_limit_two_people_refund_and_it_counts_once(market: Market) -> None:
    invoice = paid(market, invoiced(market), 60_00)
    settings = MarketplaceSettings.objects.filter(marketplace=market.marketplace)
    settings.update(approval_threshold=119_00 - 1)
    assert isinstance(go(market, invoice), Approval)
    assert not CreditMemo.objects.exists()
    with refused(AlreadyAsked):
        go(market, invoice)
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    refund = Refund.objects.get()
    assert (refund.requested_by, refund.approved_by) == (market.user("manager"), market.user("second_manager"))
    assert {memo.created_by for memo in CreditMemo.objects.all()} == {market.user("manager")}
    assert alone_so_far(payer_id=invoice.payer_id, actor=market.actor(), now=NOW) == 0


def test_up_to_the_limit_one_person_does_and_it_counts_once(market: Market) -> None:
    invoice = paid(market, invoiced(market), 60_00)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=119_00)
    refunded(market, invoice)
    assert Refund.objects.get().approved_by is None
    assert alone_so_far(payer_id=invoice.payer_id, actor=market.actor(), now=NOW) == 119_00


def test_what_is_shared_otherwise_by_now_was_not_agreed_to(market: Market) -> None:
    invoice = paid(market, invoiced(market), 60_00)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=1_00)
    go(market, invoice)
    paid(market, invoice, 10_00)
    with refused(RefundMoved):
        approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)


def test_for_a_relative_of_the_operator_a_second_person_is_asked(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    assert isinstance(go(market, invoice), Approval)
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    assert Refund.objects.get().amount == 119_00


@pytest.mark.parametrize("person", ["manager", "finance"])
def test_not_of_ones_own_company(market: Market, person: str) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    MembershipFactory.create(user=market.user(person), company=market.acme, roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        go(market, invoice, person=person)


def test_nor_of_another_marketplace(market: Market) -> None:
    invoice = paid(market, invoiced(market), 119_00)
    stranger = make_market("south")
    with refused(Missing):
        go(stranger, invoice, items(stranger, *whole(invoice)))


def test_what_is_typed_is_checked(market: Market) -> None:
    invoice, other = paid(market, invoiced(market), 119_00), invoiced(market)
    pk = line(invoice)
    with refused(InvalidInput, field="lines"):
        go(market, invoice, items(market, (line(other), 1_00)))
    with refused(InvalidInput, field="lines"):
        go(market, invoice, items(market, (pk, 1_00), (pk, 1_00)))
    with refused(InvalidInput, field="lines"):
        go(market, invoice, Items(lines=[], details=items(market).details))
    with refused(OverCredit, field=f"line-{pk}"):
        go(market, invoice, items(market, (pk, 119_01)))
    with refused(OverCredit, field=f"line-{pk}"):
        go(market, invoice, items(market, (pk, 0)))
    with refused(InvalidInput, field="means"):
        go(market, invoice, means="barter")
    with refused(ValueDateInFuture, field="value_date"):
        go(market, invoice, value_date=TODAY.replace(year=2098))


def test_the_same_key_is_one_refund(market: Market) -> None:
    invoice, once = paid(market, invoiced(market), 119_00), key()
    asked = items(market, *whole(invoice))

    def again() -> object:
        return refund_items(invoice=invoice, items=asked, sending=sent(), actor=market.actor(), now=NOW, key=once)

    assert again() == again()
    assert Refund.objects.count() == CreditMemo.objects.count() == 1
