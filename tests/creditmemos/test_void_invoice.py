"""Void an invoice: its credit goes back, what was issued from it goes too, and nothing else may stand in the way."""

from datetime import timedelta

import pytest

from billing.operations.voiding import void_invoice
from companies.domain.refusals import ReasonMissing
from core.errors import Missing
from creditmemos import operations
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.void_invoice import MemoInTheWay
from invoices.models import Invoice
from invoices.operations import InvoiceHasMoney, InvoiceIsBeingPaid, InvoiceNotVoidable
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, TODAY, Market, apply, credit_invoice, issue_invoice, issue_memo
from tests.support.drafts import waiting_close
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused, set_threshold


def void(market: Market, invoice: Invoice, *, reason: str = " Ordered twice ") -> Invoice:
    return void_invoice(invoice=invoice, reason=reason, actor=market.actor(), now=NOW)


def fresh(*rows: CreditMemo | Invoice) -> None:
    for row in rows:
        row.refresh_from_db()


def test_an_invoice_without_credit_is_just_voided(market: Market) -> None:
    invoice = issue_invoice(market)
    void(market, invoice)
    fresh(invoice)
    assert (invoice.status, invoice.number, invoice.total, invoice.amount_due) == ("void", "INV-2026-00001", 12000, 0)
    assert (invoice.voided_at, invoice.voided_by, invoice.void_reason) == (NOW, market.user("manager"), "Ordered twice")
    assert posted("invoice.void") == [[("receivable", -12000), ("revenue", 10000), ("tax_payable", 2000)]]
    assert noted("invoice.voided").note == "Ordered twice"
    assert published("invoice.voided") == [{"invoice_id": invoice.pk, "account_id": invoice.account_id}]


def test_credit_used_on_it_goes_back_to_its_memos(market: Market) -> None:
    one, two = issue_memo(market, use="follow"), issue_memo(market, "200.00", use="follow")
    invoice, other = issue_invoice(market), issue_invoice(market)
    apply(market, one, invoice, 5000)
    apply(market, two, invoice, 7000)
    apply(market, two, other, 1000)
    fresh(invoice)
    assert invoice.status == "paid"

    void(market, invoice)
    fresh(one, two, invoice, other)
    assert (invoice.status, invoice.credited, other.credited) == ("void", 0, 1000)
    assert (one.status, one.balance, one.on_hold) == ("unapplied", 5000, False)
    assert (two.status, two.balance) == ("partially_applied", 19000)
    assert posted("creditmemo.reverse") == [
        [("customer_credit", -5000), ("receivable", 5000), ("customer_credit", -7000), ("receivable", 7000)]
    ]
    assert [payload["memo_id"] for payload in published("credit_memo.reversed")] == [one.pk, two.pk]
    assert {row.reason for row in Application.objects.filter(amount__lt=0)} == {"Ordered twice"}


def test_a_closed_memo_writes_what_comes_back_off_again(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 2000)
    operations.close(memo=memo, reason="Waived", actor=market.actor(), now=NOW)
    void(market, invoice)
    fresh(memo)
    assert (memo.status, memo.applied, memo.written_off, memo.balance) == ("closed", 0, 5000, 0)
    assert posted("creditmemo.close") == [
        [("customer_credit", 3000), ("credit_written_off", -3000)],
        [("customer_credit", 2000), ("credit_written_off", -2000)],
    ]


def test_memos_issued_from_it_are_voided_with_it(market: Market) -> None:
    invoice = issue_invoice(market)
    unused = credit_invoice(market, invoice, 1000)
    applied = credit_invoice(market, invoice, 2000, use="apply_now")
    before = credit_invoice(market, invoice, 3000)
    operations.void(memo=before, reason="Typed wrongly", actor=market.actor(), now=NOW)
    void(market, invoice)
    fresh(unused, applied, before, invoice)
    assert [memo.status for memo in (unused, applied, before)] == ["voided"] * 3
    assert [memo.void_reason for memo in (unused, applied, before)] == [
        "Ordered twice", "Ordered twice", "Typed wrongly"
    ]  # fmt: skip
    assert invoice.lines.get().credited_net == 0
    assert [payload["memo_id"] for payload in published("credit_memo.voided")] == [before.pk, unused.pk, applied.pk]


def test_a_memo_issued_from_it_and_used_elsewhere_is_in_the_way(market: Market) -> None:
    invoice, other = issue_invoice(market), issue_invoice(market)
    memo = credit_invoice(market, invoice, 5000)
    apply(market, memo, other, 1000)
    apply(market, memo, invoice, 500)
    with refused(MemoInTheWay) as caught:
        void(market, invoice)
    assert caught.value.message == (
        "CM-2026-00001 credits INV-2026-00001 and is partially applied. Reverse that first."
    )


def test_a_closed_memo_issued_from_it_is_in_the_way(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = credit_invoice(market, invoice, 5000)
    operations.close(memo=memo, reason="Waived", actor=market.actor(), now=NOW)
    with refused(MemoInTheWay) as caught:
        void(market, invoice)
    assert "is closed" in caught.value.message


def test_a_memo_issued_from_it_that_is_being_paid_out_is_in_the_way(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = credit_invoice(market, invoice, 5000)
    paid_out(market, memo, is_pending=True)
    with refused(MemoInTheWay) as caught:
        void(market, invoice)
    assert caught.value.message == ("CM-2026-00001 credits INV-2026-00001 and is being paid out. Reverse that first.")


def test_drafts_from_it_are_not_in_the_way(market: Market) -> None:
    invoice = issue_invoice(market)
    set_threshold(market, 0)
    draft = credit_invoice(market, invoice, 1000)
    set_threshold(market, None)
    void(market, invoice)
    fresh(draft)
    assert draft.status == "awaiting_approval"


def test_a_request_to_close_does_not_hinder(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 1000)
    waiting_close(market, memo)
    set_threshold(market, None)
    void(market, invoice)
    fresh(memo)
    assert memo.balance == 5000


def test_money_on_it_comes_first(market: Market) -> None:
    paid, part, pending = (issue_invoice(market) for _ in range(3))
    pay(market, paid, 12000)
    pay(market, part, 1)
    make_pending(market, pending)
    with refused(InvoiceIsBeingPaid):
        void(market, pending)
    for invoice in (paid, part):
        with refused(InvoiceHasMoney) as caught:
            void(market, invoice)
        assert (
            caught.value.message
            == f"Take the payment off {invoice.number} first. It is on account then and can be returned."
        )


def test_it_is_voided_once(market: Market) -> None:
    invoice = issue_invoice(market)
    void(market, invoice)
    with refused(InvoiceNotVoidable) as caught:
        void(market, invoice)
    assert caught.value.message == "INV-2026-00001 is void and can't be voided."


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_needed(market: Market, reason: str) -> None:
    invoice = issue_invoice(market)
    with refused(ReasonMissing, field="reason"):
        void(market, invoice, reason=reason)


def test_a_stranger_finds_no_invoice(market: Market, south: Market) -> None:
    invoice = issue_invoice(market)
    with refused(Missing):
        void(south, invoice)


def test_an_invoice_of_a_closed_period_is_voided_today(market: Market) -> None:
    memo, invoice = (
        issue_memo(market, now=NOW - timedelta(days=40)),
        issue_invoice(market, now=NOW - timedelta(days=40)),
    )
    apply(market, memo, invoice, 100, now=NOW - timedelta(days=40))
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    void(market, invoice)
    assert {row.posting_date for verb in ("invoice.void", "creditmemo.reverse") for row in entries(verb)} == {TODAY}
