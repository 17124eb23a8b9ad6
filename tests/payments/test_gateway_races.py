"""One payment that many send back by its provider at once: never more than it has; and one that is settled by many."""

from collections.abc import Callable, Iterator

import pytest

from creditmemos.models import CreditMemo
from payments.gateway.protocol import Outcome, State
from payments.models import Payment, Refund
from payments.operations import by_gateway, charge, give_back, pay_out, refunding
from payments.operations.charge_states import settle_charge
from payments.queries.sent_back import left_of
from tests.factories.gateway import charged, saved_method, went
from tests.factories.payments import receive
from tests.factories.scenario import Scenario
from tests.factories.world import NOW, Market, credit_invoice, issue_invoice, key
from tests.support.races import THREADS, bare_race, deadlocks, race, take_the_lock_away
from tests.support.verbs import posted

pytestmark = [pytest.mark.race, pytest.mark.postgres]

FITS = 8
"""Memos of 7.20 that 60.00 bears."""


@pytest.fixture(autouse=True)
def no_deadlock(scenario: Scenario) -> Iterator[None]:
    yield
    assert deadlocks() == 0


@pytest.fixture
def half(scenario: Scenario) -> tuple[Payment, list[CreditMemo]]:
    """60.00 by card of an invoice of 120.00 that a bank paid the rest of, and memos that credit nearly all of it."""
    market = scenario.market
    invoice = issue_invoice(market, company=market.birch)
    payment = went(charged(market, saved_method(market, company=market.birch), (invoice, 60_00)))
    invoice.refresh_from_db()
    receive(market, invoice.amount_due, (invoice, invoice.amount_due), company=market.birch)
    invoice.refresh_from_db()
    return payment, [credit_invoice(market, invoice, 6_00) for _ in range(THREADS)]


def paying(market: Market, memo: CreditMemo, payment: Payment) -> Callable[[], object]:
    sending = by_gateway(payment, now=NOW)
    return lambda: pay_out(memo=memo, sending=sending, reason="x", actor=market.actor(), now=NOW, key=key())


def test_a_payment_bears_what_it_holds(scenario: Scenario, half: tuple[Payment, list[CreditMemo]]) -> None:
    payment, memos = half
    ends = race([paying(scenario.market, memo, payment) for memo in memos])
    assert ends == {"done": FITS, "CannotBear": THREADS - FITS}
    assert Refund.objects.filter(payment=payment).count() == FITS
    assert left_of(payment) == 60_00 - FITS * 7_20


def test_without_locks_it_bears_more(
    scenario: Scenario, half: tuple[Payment, list[CreditMemo]], monkeypatch: pytest.MonkeyPatch
) -> None:
    payment, memos = half
    monkeypatch.setattr(refunding, "take_turns", lambda *_what: None)
    meeting = take_the_lock_away(monkeypatch)
    ends = bare_race([paying(scenario.market, memo, payment) for memo in memos], meeting)
    assert ends["done"] > FITS


def test_money_on_account_goes_back_once(scenario: Scenario) -> None:
    """A charge that succeeded after it had failed, when the invoice was paid otherwise: all of it is on account."""
    market = scenario.market
    invoice = issue_invoice(market, company=market.birch)
    payment = charged(market, saved_method(market, company=market.birch), (invoice, 100_00))
    failed = Outcome(State.FAILED, f"pi_{payment.pk}", 100_00, "EUR", key=str(payment.key))
    settle_charge(payment.pk, failed, now=NOW)
    receive(market, invoice.total, (invoice, invoice.total), company=market.birch)
    payment = went(payment)
    assert payment.on_account == 100_00
    sending = by_gateway(payment, now=NOW)

    def giving() -> object:
        return give_back(
            payment=payment, amount=10_00, sending=sending, reason="x", actor=market.actor(), now=NOW, key=key()
        )

    assert race([giving] * THREADS) == {"done": 10, "OverOnAccount": THREADS - 10}
    payment.refresh_from_db()
    assert (payment.give_back_pending, payment.free) == (100_00, 0)


def test_told_by_many_at_once_it_is_booked_once(scenario: Scenario) -> None:
    market = scenario.market
    invoice = issue_invoice(market, company=market.birch)
    payment = charged(market, saved_method(market, company=market.birch), (invoice, invoice.total))
    before = len(posted("payment.received"))
    assert race([lambda: went(payment)] * THREADS) == {"done": THREADS}
    assert len(posted("payment.received")) == before + 1


def test_an_invoice_is_charged_once(scenario: Scenario) -> None:
    market = scenario.market
    invoice, method = issue_invoice(market, company=market.birch), saved_method(market, company=market.birch)
    account = market.account(market.birch)

    def charging() -> object:
        return charge(
            account=account, method=method, wanted=[(invoice.pk, 5_00)], actor=market.actor(), now=NOW, key=key()
        )

    assert race([charging] * THREADS) == {"done": 1, "BeingCharged": THREADS - 1}
