"""Reverse an application: once, exactly, with a reason; the credit rests on hold unless told otherwise."""

from datetime import timedelta

from companies.domain.refusals import ReasonMissing
from companies.models import Company
from core.errors import DuplicateRequest, Missing
from creditmemos import operations
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.reversing import ConfirmUnpaid, NotReversible
from invoices.models import Invoice
from tests.factories.world import NOW, TODAY, VAT, Market, apply, charge, issue_invoice, issue_memo, key
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused


def used(market: Market, amount: int = 3000) -> tuple[CreditMemo, Invoice, Application]:
    """A memo of 50.00 of which some is used on an invoice over 120.00."""
    memo, invoice = issue_memo(market, use="follow"), issue_invoice(market)
    return memo, invoice, apply(market, memo, invoice, amount)


def reverse(market: Market, application: Application, **changes: object) -> Application:
    arguments = {"reason": "Wrong invoice", "actor": market.actor(), "now": NOW, "key": key(), **changes}
    return operations.reverse(application=application, **arguments)  # type: ignore[arg-type]


def test_credit_goes_back_and_the_invoice_owes_again(market: Market) -> None:
    memo, invoice, application = used(market)
    reversal = reverse(market, application, reason="  Wrong invoice ")
    memo.refresh_from_db()
    invoice.refresh_from_db()
    reversal.refresh_from_db()

    assert (memo.status, memo.applied, memo.balance, memo.on_hold) == ("unapplied", 0, 5000, True)
    assert (invoice.status, invoice.credited, invoice.amount_due) == ("unpaid", 0, 12000)
    assert (reversal.amount, reversal.reverses, reversal.reason) == (-3000, application, "Wrong invoice")
    assert (reversal.posting_date, reversal.automatic, reversal.actor) == (TODAY, False, market.user("manager"))


def test_it_is_posted_noted_and_published_once(market: Market) -> None:
    memo, invoice, application = used(market)
    reversal = reverse(market, application)
    assert posted("creditmemo.reverse") == [[("customer_credit", -3000), ("receivable", 3000)]]
    assert [(row.memo_id, row.invoice_id) for row in entries("creditmemo.reverse")] == [
        (memo.pk, None), (None, invoice.pk)
    ]  # fmt: skip
    entry = noted("credit_memo.reversed")
    assert (entry.object_id, entry.company, entry.note) == (memo.pk, market.acme, "Wrong invoice")
    assert entry.after == {
        "applications": [{"memo_id": memo.pk, "invoice_id": invoice.pk, "invoice": invoice.number, "amount": -3000}],
        "balance": 5000, "on_hold": True,
    }  # fmt: skip
    assert published("credit_memo.reversed") == [
        {
            "memo_id": memo.pk, "account_id": memo.account_id, "application_ids": [str(reversal.pk)],
            "invoice_ids": [invoice.pk],
        }
    ]  # fmt: skip


def test_every_line_and_tax_gets_back_what_it_gave(market: Market) -> None:
    memo = issue_memo(market, "33.33", taxes=(VAT,))
    invoice = issue_invoice(market, charge("10.01"), charge("7.77", taxes=()))
    application = apply(market, memo, invoice, 1111)
    reversal = reverse(market, application)
    for side in ("memo_parts", "invoice_parts"):
        there = list(getattr(application, side).order_by("pk").values_list("line_id", "tax_id", "amount"))
        back = list(getattr(reversal, side).order_by("pk").values_list("line_id", "tax_id", "amount"))
        assert back == [(line, tax, -amount) for line, tax, amount in there]
        assert len(there) > 1
    assert apply(market, memo, invoice, 1978).amount == 1978


def test_one_of_several_leaves_the_others(market: Market) -> None:
    memo, invoice, application = used(market)
    apply(market, memo, invoice, 1000)
    reverse(market, application)
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.status, memo.balance, invoice.amount_due) == ("partially_applied", 4000, 11000)


def test_the_hold_can_be_left_off_and_an_older_one_stays(market: Market) -> None:
    memo, _invoice, application = used(market)
    reverse(market, application, hold=False)
    memo.refresh_from_db()
    assert memo.on_hold is False
    held = issue_memo(market, use="hold")
    reverse(market, apply(market, held, issue_invoice(market), 100), hold=False)
    held.refresh_from_db()
    assert held.on_hold is True


def test_a_repeat_gives_the_same_reversal(market: Market) -> None:
    _memo, _invoice, application = used(market)
    assert reverse(market, application, key="once") == reverse(market, application, key="once")
    assert Application.objects.count() == 2
    with refused(DuplicateRequest):
        reverse(market, application, key="once", reason="Another")


def test_it_is_reversed_once_and_a_reversal_not_at_all(market: Market) -> None:
    _memo, _invoice, application = used(market)
    reversal = reverse(market, application)
    with refused(NotReversible) as caught:
        reverse(market, application)
    assert caught.value.message == "This application can't be reversed: it has already been reversed."
    with refused(NotReversible) as caught:
        reverse(market, reversal)
    assert "a reversal itself" in caught.value.message


def test_a_reason_is_needed(market: Market) -> None:
    _memo, _invoice, application = used(market)
    with refused(ReasonMissing, field="reason"):
        reverse(market, application, reason=" ")


def test_a_closed_memo_gives_nothing_back_by_hand(market: Market) -> None:
    memo, _invoice, application = used(market)
    operations.close(memo=memo, reason="Waived", actor=market.actor(), now=NOW)
    with refused(NotReversible) as caught:
        reverse(market, application)
    assert caught.value.message == "This application can't be reversed: CM-2026-00001 is closed."


def test_an_invoice_with_a_payment_on_its_way_keeps_its_credit(market: Market) -> None:
    _memo, invoice, application = used(market)
    make_pending(market, invoice)
    with refused(NotReversible) as caught:
        reverse(market, application)
    assert "INV-2026-00001 is pending" in caught.value.message


def test_an_invoice_that_credit_alone_settled_needs_no_confirmation(market: Market) -> None:
    memo, invoice = issue_memo(market, "120.00"), issue_invoice(market)
    application = apply(market, memo, invoice, 12000)
    invoice.refresh_from_db()
    due = invoice.due_date
    assert invoice.status == "paid"
    reverse(market, application)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.due_date) == ("unpaid", 12000, due)


def test_an_invoice_that_money_paid_becomes_unpaid_only_when_confirmed(market: Market) -> None:
    _memo, invoice, application = used(market)
    pay(market, invoice, 9000)
    with refused(ConfirmUnpaid, field="confirmed") as caught:
        reverse(market, application)
    assert caught.value.message == "INV-2026-00001 becomes unpaid, with €30.00 due. Confirm that you want this."
    reverse(market, application, confirmed=True)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.paid) == ("unpaid", 3000, 9000)


def test_a_part_paid_invoice_needs_no_confirmation(market: Market) -> None:
    _memo, invoice, application = used(market)
    pay(market, invoice, 8999)
    reverse(market, application)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 3001)


def test_a_stranger_finds_no_application(market: Market, south: Market) -> None:
    _memo, _invoice, application = used(market)
    with refused(Missing):
        reverse(south, application)


def test_what_was_applied_in_a_closed_period_is_undone_today(market: Market) -> None:
    long_ago = NOW - timedelta(days=40)
    memo, invoice = issue_memo(market, now=long_ago), issue_invoice(market, now=long_ago)
    application = apply(market, memo, invoice, 100, now=long_ago)
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    assert reverse(market, application).posting_date == TODAY
    assert {row.posting_date for row in entries("creditmemo.reverse")} == {TODAY}


def test_it_is_undone_whatever_the_billing_switch_says_by_then(market: Market) -> None:
    memo = issue_memo(market, billed_user=market.user("user"))
    application = apply(market, memo, issue_invoice(market), 100)
    Company.objects.filter(pk=market.acme.pk).update(company_wide_billing=False)
    assert reverse(market, application).amount == -100
