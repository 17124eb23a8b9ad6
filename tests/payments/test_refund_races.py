"""Money that several people send back at once: never more than there is, each memo once, each account what it paid."""

from collections.abc import Callable, Iterator

import pytest

from companies.operations import approvals
from core.models import Approval
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from payments.models import Payment, Refund
from payments.operations import give_back, pay_out, pay_out_used, refund_items, refunding
from payments.queries import sent_back
from payments.queries.sent_back import left_to_send
from tests.factories.items import items
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, Market, apply, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.races import THREADS, Meeting, bare_race, deadlocks, race

pytestmark = [pytest.mark.race, pytest.mark.postgres]


@pytest.fixture(autouse=True)
def no_deadlock(scenario: Scenario) -> Iterator[None]:
    yield
    assert deadlocks() == 0


def giving(market: Market, payment: Payment, amount: int) -> Callable[[], object]:
    return lambda: give_back(
        payment=payment, amount=amount, sending=sent(), reason="Paid twice", actor=market.actor(), now=NOW, key=key()
    )


def paying(market: Market, memo: CreditMemo) -> Callable[[], object]:
    return lambda: pay_out(memo=memo, sending=sent(), reason="Left", actor=market.actor(), now=NOW, key=key())


def test_a_payment_gives_back_what_it_has(scenario: Scenario) -> None:
    market = scenario.market
    payment = receive(market, 100_00, company=market.birch, keep_on_account=True)
    ends = race([giving(market, payment, 10_00)] * THREADS)
    assert ends == {"done": 10, "OverOnAccount": THREADS - 10}
    payment.refresh_from_db()
    assert (payment.given_back, payment.on_account) == (100_00, 0)


def test_a_memo_is_paid_out_once(scenario: Scenario) -> None:
    market = scenario.market
    invoice = issue_invoice(market, company=market.birch)
    receive(market, invoice.total, (invoice, invoice.total), company=market.birch)
    invoice.refresh_from_db()
    memo = credit_invoice(market, invoice, 50_00)
    assert race([paying(market, memo)] * THREADS) == {"done": 1, "NotPayable": THREADS - 1}
    assert Refund.objects.get(memo=memo).amount == memo.total


def refunding_items(market: Market, invoice: Invoice, gross: int) -> Callable[[], object]:
    asked = items(market, (invoice.lines.get().pk, gross))
    return lambda: refund_items(
        invoice=invoice, items=asked, sending=sent(), actor=market.actor(), now=NOW, key=key()
    )  # fmt: skip


def test_items_are_refunded_as_far_as_they_were_paid(scenario: Scenario) -> None:
    market = scenario.market
    invoice = issue_invoice(market, company=market.birch)
    receive(market, 50_00, (invoice, 50_00), company=market.birch)
    receive(market, 70_00, (invoice, 70_00), company=market.birch)
    ends = race([refunding_items(market, invoice, 12_00)] * THREADS)
    assert ends == {"done": 10, "OverCredit": THREADS - 10}
    refunds = Refund.objects.filter(memo__source_invoice=invoice)
    assert sum(refunds.values_list("amount", flat=True)) == 120_00
    assert left_to_send(invoice.account_id) == 0


def items_and_credit(market: Market) -> tuple[Invoice, list[Callable[[], object]]]:
    """120.00 that were paid: refunded by items, and as a memo of the same lines that is paid out."""
    invoice = issue_invoice(market, charge("120.00", taxes=()), company=market.birch)
    receive(market, 120_00, (invoice, 120_00), company=market.birch)
    memo = credit_invoice(market, Invoice.objects.get(pk=invoice.pk), 60_00)
    return invoice, [refunding_items(market, invoice, 60_00), paying(market, memo)]


def test_items_and_a_memo_of_one_invoice_both_go(scenario: Scenario) -> None:
    invoice, works = items_and_credit(scenario.market)
    assert race(works) == {"done": 2}
    assert left_to_send(invoice.account_id) == 0


def test_a_memo_in_use_is_divided_and_paid_out_once(scenario: Scenario) -> None:
    market = scenario.market
    invoice, owed = issue_invoice(market, company=market.birch), issue_invoice(market, company=market.birch)
    receive(market, invoice.total, (invoice, invoice.total), company=market.birch)
    memo = credit_invoice(market, Invoice.objects.get(pk=invoice.pk), 50_00)
    apply(market, memo, owed, 20_00)

    def work() -> object:
        return pay_out_used(
            memo=memo, off=[], sending=sent(), reason="Left", confirmed=False, actor=market.actor(), now=NOW, key=key()
        )

    assert race([work] * THREADS) == {"done": 1, "NotPayable": THREADS - 1}
    assert Refund.objects.get(memo__divided_from=memo).amount == 40_00
    owed.refresh_from_db()
    assert owed.credited == 20_00


def both_ways(market: Market) -> list[Callable[[], object]]:
    """100.00 that a customer paid: given back, and paid out as credit that a second person agrees to."""
    payment = receive(market, 100_00, company=market.birch, keep_on_account=True)
    pay_out(
        memo=issue_memo(market, "100.00", company=market.birch), sending=sent(), reason="x", actor=market.actor(),
        now=NOW, key=key(),
    )  # fmt: skip
    asked = Approval.objects.get(verb="pay_out")
    second = market.actor("second_manager")
    return [
        giving(market, payment, 100_00), lambda: approvals.approve(approval=asked, actor=second, now=NOW)
    ]  # fmt: skip


def test_an_account_is_sent_what_it_paid(scenario: Scenario) -> None:
    assert race(both_ways(scenario.market)) == {"done": 1, "NothingPaidIn": 1}
    account = scenario.market.account(scenario.market.birch)
    assert left_to_send(account.pk) == 0


def test_without_the_turn_it_is_sent_twice(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    works, meeting = both_ways(scenario.market), Meeting()
    real = sent_back.left_to_send

    def read_and_wait(account_id: int) -> int:
        found = real(account_id)
        meeting.wait()
        return found

    monkeypatch.setattr(refunding, "take_turns", lambda *_what: None)
    monkeypatch.setattr(refunding, "left_to_send", read_and_wait)
    assert bare_race(works, meeting) == {"done": 2}
    assert left_to_send(scenario.market.account(scenario.market.birch).pk) == -100_00
