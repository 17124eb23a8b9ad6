"""Marketplaces without memos: credit below zero on the invoice, carried to the next; and the move to V2."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from billing.domain.refusals import MovedAlready
from billing.models import Credit
from billing.operations.carried_balances import carried, move_to_v2
from billing.operations.voiding import GivenBackElsewhere, void_invoice
from core.models import AuditEntry
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.voiding import CarriedBalance
from invoices.models import Invoice
from invoices.operations import InvoiceNotVoidable
from invoices.operations.voiding import InvoiceCarries
from tests.factories.billing import Sold, bill, plan, subscribe, tax
from tests.factories.world import Market
from tests.support.outbox import drain

MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
MID_MAY, MID_JUNE = date(2026, 5, 20), date(2026, 6, 20)


@pytest.fixture
def v1(market: Market) -> Market:
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    return market


def invoices() -> list[Invoice]:
    return list(Invoice.objects.order_by("pk"))


def test_a_downgrade_is_one_invoice_of_the_difference(v1: Market) -> None:
    """The worked example: 580.00 charged less 405.00 credited is one invoice over 175.00, and no memo."""
    sold = subscribe(v1, plan(v1), start=MAY)
    bill(v1, MAY)
    sold.change(date(2026, 5, 5), quantity="10")
    bill(v1, JUNE)
    first, second = invoices()
    assert (second.total, second.amount_due, second.status) == (17500, 17500, "unpaid")
    assert sorted(line.net for line in second.lines.all()) == [-40500, 27000, 31000]
    assert not CreditMemo.objects.exists()
    credit = Credit.objects.get()
    assert (credit.invoice_line, credit.memo_line) == (second.lines.get(net=-40500), None)
    assert first.total == 46500


def carrying(market: Market) -> Sold:
    """A downgrade in the middle of a month that is billed before anything else is due."""
    tax(market)
    sold = subscribe(market, plan(market), start=MAY)
    bill(market, MAY)
    sold.change(date(2026, 5, 5), quantity="10")
    bill(market, MID_MAY)
    return sold


def test_a_total_below_zero_is_carried_to_the_next_invoice_once(v1: Market) -> None:
    carrying(v1)
    negative = invoices()[1]
    assert (negative.total, negative.carried_out, negative.amount_due, negative.status) == (
        -16200, 16200, 0, "carried"
    )  # fmt: skip
    bill(v1, JUNE)
    third = invoices()[2]
    assert (third.total, third.carried_in, third.amount_due, third.status) == (37200, 16200, 21000, "unpaid")
    negative.refresh_from_db()
    assert (negative.carried_taken, negative.carried_to) == (16200, third)
    bill(v1, JULY)
    assert invoices()[3].carried_in == 0


def test_a_small_invoice_carries_what_is_left_on(v1: Market) -> None:
    sold = carrying(v1)
    sold.change(MID_MAY, quantity="1")
    bill(v1, date(2026, 5, 21))
    second, third = invoices()[1:]
    assert third.carried_in == second.carried_out
    assert (third.amount_due, third.status) == (0, "carried")
    assert third.carried_out == second.carried_out - third.total


def test_a_carried_balance_is_taken_whole_and_its_invoices_stay(v1: Market) -> None:
    carrying(v1)
    bill(v1, JUNE)
    _, negative, third = invoices()
    for wrong in ({"carried_taken": 1}, {"carried_in": 5}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invoice.objects.filter(pk=negative.pk).update(**wrong)
    with pytest.raises(InvoiceNotVoidable):
        void_invoice(invoice=negative, reason="No", actor=v1.actor(), now=third.created_at)
    with pytest.raises(InvoiceCarries):
        void_invoice(invoice=third, reason="No", actor=v1.actor(), now=third.created_at)


def test_no_more_is_given_back_than_was_charged(v1: Market) -> None:
    sold = carrying(v1)
    sold.cancel(date(2026, 5, 5))
    bill(v1, date(2026, 5, 25))
    charged = sum(line.net for invoice in invoices() for line in invoice.lines.all())
    assert charged == 4 * 1500 + 1000  # 31.00 a unit and month of 31 days: four days of 15 units, one of 10


def test_moving_to_v2_turns_balances_into_memos_once(v1: Market) -> None:
    carrying(v1)
    negative = invoices()[1]
    assert carried(v1.marketplace.pk).amount == 16200
    now = negative.created_at
    assert move_to_v2(actor=v1.actor(), now=now).count == 1
    memo = CreditMemo.objects.get()
    [line] = memo.lines.all()
    assert (memo.total, memo.tax, memo.source, memo.source_invoice) == (16200, 0, "carried", negative)
    assert line.description == f"Balance carried from {negative.number}"
    negative.refresh_from_db()
    assert (negative.carried_taken, negative.carried_to) == (16200, None)
    with pytest.raises(MovedAlready):
        move_to_v2(actor=v1.actor(), now=now)
    row = AuditEntry.objects.get(verb="marketplace.moved")
    assert row.after == {"pipeline": "V2", "balances": 1, "amount": 16200}
    with pytest.raises(CarriedBalance):
        operations.void(memo=memo, reason="No", actor=v1.actor(), now=now)
    drain(now, topic="credit_memo.issued")
    memo.refresh_from_db()
    assert memo.status == "fully_applied"


def test_after_the_move_credit_makes_memos(v1: Market) -> None:
    sold = carrying(v1)
    move_to_v2(actor=v1.actor(), now=invoices()[1].created_at)
    sold.change(date(2026, 5, 25), quantity="2")
    bill(v1, JUNE)
    last = CreditMemo.objects.order_by("-pk")[0]
    assert (last.source, last.sibling_invoice) == ("automatic", invoices()[-1])


def test_a_preview_of_v1_is_what_happens(v1: Market) -> None:
    sold = carrying(v1)
    for day, quantity in ((MID_JUNE, "3"), (JULY, "12")):
        if day == MID_JUNE:
            sold.change(date(2026, 6, 10), quantity=quantity)
        foreseen, done = bill(v1, day, dry=True), bill(v1, day)
        names = ("charges", "invoices", "memos", "invoiced", "credited", "applied", "due")
        assert list(foreseen.lines.values_list(*names)) == list(done.lines.values_list(*names))


def downgraded(market: Market) -> list[Invoice]:
    """15 seats for May, 10 from the 5th: the second invoice gives 405.00 of the first one back and is over 175.00."""
    sold = subscribe(market, plan(market), start=MAY)
    bill(market, MAY)
    sold.change(date(2026, 5, 5), quantity="10")
    bill(market, JUNE)
    return invoices()


def test_what_gave_credit_below_zero_is_voided_and_billed_again(v1: Market) -> None:
    _, second = downgraded(v1)
    before = sorted(Credit.objects.values_list("key", "net", "undone"))
    void_invoice(invoice=second, reason="Wrong", actor=v1.actor(), now=second.created_at)
    bill(v1, date(2026, 6, 2))
    third = invoices()[2]
    assert sorted(line.net for line in third.lines.all()) == [-40500, 27000, 31000]
    assert sorted(Credit.objects.filter(returned=False).values_list("key", "net", "undone")) == before


def test_an_invoice_whose_lines_another_gives_back_is_not_voided_before_that_one(v1: Market) -> None:
    first, second = downgraded(v1)
    with pytest.raises(GivenBackElsewhere, match=f"{second} gives back lines of {first}. Void that one first."):
        void_invoice(invoice=first, reason="Wrong", actor=v1.actor(), now=second.created_at)
    void_invoice(invoice=second, reason="Wrong", actor=v1.actor(), now=second.created_at)
    void_invoice(invoice=first, reason="Wrong", actor=v1.actor(), now=second.created_at)
    bill(v1, date(2026, 6, 2))
    third = invoices()[2]
    assert sorted(line.net for line in third.lines.all()) == [6000, 27000, 31000]


def test_one_that_took_a_balance_over_is_not_voided(v1: Market) -> None:
    carrying(v1)
    bill(v1, JUNE)
    with pytest.raises(InvoiceCarries):
        void_invoice(invoice=invoices()[2], reason="Wrong", actor=v1.actor(), now=invoices()[2].created_at)
    assert not Credit.objects.filter(returned=True).exists()
