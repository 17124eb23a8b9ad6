"""Undo and void: every application reversed and the memo voided, all in one, or nothing at all."""

from companies.domain.refusals import ReasonMissing
from core.errors import Missing
from creditmemos import operations
from creditmemos.domain.refusals import PayoutPending
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.reversing import ConfirmUnpaid, NotReversible
from creditmemos.operations.voiding import NotUnapplied
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, issue_memo
from tests.support.verbs import make_pending, noted, pay, posted, published, refused


def undo(market: Market, memo: CreditMemo, *, reason: str = "Never agreed", confirmed: bool = False) -> CreditMemo:
    return operations.undo_and_void(memo=memo, reason=reason, actor=market.actor(), now=NOW, confirmed=confirmed)


def test_all_applications_go_and_the_memo_with_them(market: Market) -> None:
    memo, first, second = issue_memo(market, "150.00"), issue_invoice(market), issue_invoice(market)
    apply(market, memo, first, 12000)
    apply(market, memo, second, 1000)
    apply(market, memo, second, 2000)
    undo(market, memo)
    for row in (memo, first, second):
        row.refresh_from_db()

    assert (memo.status, memo.applied, memo.balance, memo.void_reason) == ("voided", 0, 0, "Never agreed")
    assert [(row.status, row.amount_due, row.credited) for row in (first, second)] == [("unpaid", 12000, 0)] * 2
    reversals = Application.objects.filter(amount__lt=0).order_by("created_at", "pk")
    assert [(row.amount, row.reason) for row in reversals] == [
        (-12000, "Never agreed"), (-1000, "Never agreed"), (-2000, "Never agreed")
    ]  # fmt: skip


def test_it_is_one_reversal_and_one_void(market: Market) -> None:
    memo, first, second = issue_memo(market), issue_invoice(market), issue_invoice(market)
    apply(market, memo, first, 1000)
    apply(market, memo, second, 2000)
    undo(market, memo)
    assert posted("creditmemo.reverse") == [
        [("customer_credit", -1000), ("receivable", 1000), ("customer_credit", -2000), ("receivable", 2000)]
    ]
    assert posted("creditmemo.void") == [[("credit_given", -5000), ("customer_credit", 5000)]]
    assert noted("credit_memo.reversed").note == noted("credit_memo.voided").note == "Never agreed"
    assert published("credit_memo.reversed")[0]["invoice_ids"] == [first.pk, second.pk]
    assert published("credit_memo.voided") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_what_was_reversed_before_is_left_alone(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    old = apply(market, memo, invoice, 1000)
    operations.reverse(application=old, reason="Wrong", actor=market.actor(), now=NOW, key="r")
    apply(market, memo, invoice, 500)
    undo(market, memo)
    assert list(Application.objects.order_by("created_at", "pk").values_list("amount", flat=True)) == [
        1000, -1000, 500, -500
    ]  # fmt: skip


def test_an_unused_memo_is_just_voided(market: Market) -> None:
    memo = undo(market, issue_memo(market))
    assert (memo.status, published("credit_memo.reversed")) == ("voided", [])


def test_the_room_on_the_credited_line_is_free_again(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = credit_invoice(market, invoice, 4000, use="apply_now")
    undo(market, memo)
    assert invoice.lines.get().credited_net == 0


def test_every_step_keeps_its_guard(market: Market) -> None:
    memo, fine, pending = issue_memo(market), issue_invoice(market), issue_invoice(market)
    apply(market, memo, fine, 1000)
    apply(market, memo, pending, 1000)
    make_pending(market, pending)
    with refused(NotReversible) as caught:
        undo(market, memo)
    assert "INV-2026-00002 is pending" in caught.value.message


def test_an_invoice_that_money_paid_needs_the_confirmation(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 5000)
    pay(market, invoice, 7000)
    with refused(ConfirmUnpaid, field="confirmed") as caught:
        undo(market, memo)
    assert caught.value.message == "INV-2026-00001 becomes unpaid, with €50.00 due. Confirm that you want this."
    undo(market, memo, confirmed=True)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 5000)


def test_a_closed_voided_or_reserved_memo_is_refused(market: Market) -> None:
    closed, reserved, voided = issue_memo(market), issue_memo(market), issue_memo(market)
    apply(market, closed, issue_invoice(market), 1000)
    operations.close(memo=closed, reason="Waived", actor=market.actor(), now=NOW)
    paid_out(market, reserved, is_pending=True)
    undo(market, voided)
    for memo, refusal in ((closed, NotReversible), (reserved, PayoutPending), (voided, NotUnapplied)):
        with refused(refusal):
            undo(market, memo)


def test_a_reason_is_needed(market: Market) -> None:
    memo = issue_memo(market)
    with refused(ReasonMissing, field="reason"):
        undo(market, memo, reason="")


def test_a_stranger_finds_no_memo(market: Market, south: Market) -> None:
    memo = issue_memo(market)
    with refused(Missing):
        undo(south, memo)
