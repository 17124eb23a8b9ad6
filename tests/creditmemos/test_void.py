"""Void: only an unapplied memo, for good; its row and number stay, its room on the invoice is free again."""

from datetime import timedelta

import pytest

from companies.domain.refusals import ReasonMissing
from core.errors import Missing
from creditmemos import operations
from creditmemos.domain.refusals import PayoutPending
from creditmemos.models import CreditMemo
from creditmemos.operations.voiding import NotUnapplied
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, TODAY, VAT, Market, apply, credit_invoice, issue_invoice, issue_memo
from tests.support.drafts import closed_memo, waiting_memo
from tests.support.verbs import entries, noted, posted, published, refused


def void(market: Market, memo: CreditMemo, *, person: str = "manager", reason: str = " Typed wrongly ") -> CreditMemo:
    return operations.void(memo=memo, reason=reason, actor=market.actor(person), now=NOW)


def test_the_row_and_its_number_stay(market: Market) -> None:
    memo = issue_memo(market, taxes=(VAT,))
    void(market, memo, person="support")
    memo.refresh_from_db()
    assert (memo.status, memo.number, memo.total, memo.balance) == ("voided", "CM-2026-00001", 6000, 0)
    assert (memo.voided_at, memo.voided_by, memo.void_reason) == (NOW, market.user("support"), "Typed wrongly")
    assert issue_memo(market).number == "CM-2026-00002"
    assert [row.number for row in CreditMemo.objects.active()] == ["CM-2026-00002"]


def test_the_issue_is_mirrored_today(market: Market) -> None:
    memo = issue_memo(market, taxes=(VAT,), now=NOW - timedelta(days=3))
    void(market, memo)
    assert posted("creditmemo.void") == [[("credit_given", -5000), ("tax_payable", -1000), ("customer_credit", 6000)]]
    assert [(row.memo_id, row.detail, row.posting_date) for row in entries("creditmemo.void")] == [
        (None, "", TODAY), (None, "VAT", TODAY), (memo.pk, "", TODAY)
    ]  # fmt: skip
    entry = noted("credit_memo.voided")
    assert (entry.object_id, entry.note, entry.after) == (memo.pk, "Typed wrongly", {"total": 6000, "currency": "EUR"})
    assert published("credit_memo.voided") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_credit_of_an_invoice_takes_its_revenue_back(market: Market) -> None:
    invoice = issue_invoice(market)
    void(market, credit_invoice(market, invoice, 4000))
    assert posted("creditmemo.void") == [[("revenue", -4000), ("tax_payable", -800), ("customer_credit", 4800)]]
    line = invoice.lines.get()
    assert (line.credited_net, line.taxes.get().credited) == (0, 0)


def test_what_was_applied_and_reversed_can_be_voided(market: Market) -> None:
    memo = issue_memo(market)
    application = apply(market, memo, issue_invoice(market), 100)
    operations.reverse(application=application, reason="Wrong one", actor=market.actor(), now=NOW, key="r")
    assert void(market, memo).status == "voided"


def test_a_used_memo_is_not_voided(market: Market) -> None:
    part, whole, invoice = issue_memo(market), issue_memo(market), issue_invoice(market)
    apply(market, part, invoice, 2000)
    apply(market, whole, invoice, 5000)
    for memo, status, balance in ((part, "partially_applied", 3000), (whole, "fully_applied", 0)):
        with refused(NotUnapplied) as caught:
            void(market, memo)
        assert caught.value.message == "This credit memo has been applied since you opened it, so it can't be voided."
        assert caught.value.facts == {"status": status, "balance": balance}


def test_it_is_voided_once(market: Market) -> None:
    memo = issue_memo(market)
    void(market, memo)
    with refused(NotUnapplied) as caught:
        void(market, memo)
    assert caught.value.message == "CM-2026-00001 is voided, so it can't be voided."


def test_a_closed_memo_and_a_draft_are_not_voided(market: Market) -> None:
    closed = closed_memo(market)
    draft, _approval = waiting_memo(market)
    for memo, status in ((closed, "closed"), (draft, "awaiting approval")):
        with refused(NotUnapplied) as caught:
            void(market, memo)
        assert caught.value.message == f"{memo} is {status}, so it can't be voided."


def test_a_memo_that_is_being_paid_out_is_reserved(market: Market) -> None:
    memo = issue_memo(market)
    paid_out(market, memo, is_pending=True)
    with refused(PayoutPending) as caught:
        void(market, memo)
    assert caught.value.message == "CM-2026-00001 is being paid out; wait until the payout is complete."


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_a_reason_is_needed(market: Market, reason: str) -> None:
    memo = issue_memo(market)
    with refused(ReasonMissing, field="reason"):
        void(market, memo, reason=reason)


def test_a_stranger_finds_no_memo(market: Market, south: Market) -> None:
    memo = issue_memo(market)
    with refused(Missing):
        void(south, memo)


def test_a_memo_of_a_closed_period_is_voided_today(market: Market) -> None:
    memo = issue_memo(market, now=NOW - timedelta(days=40))
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    void(market, memo)
    assert {row.posting_date for row in entries("creditmemo.void")} == {TODAY}


def test_a_memo_of_a_marketplace_that_went_to_v1_can_still_be_voided(market: Market) -> None:
    memo = issue_memo(market)
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    assert void(market, memo).status == "voided"
