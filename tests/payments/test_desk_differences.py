"""The tick beside an invoice of which a payment leaves a small difference open, on both desks of money."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Company, MarketplaceSettings
from companies.operations import approvals
from core.models import Approval
from creditmemos.models import CreditMemo
from creditmemos.verification import breaches
from invoices.models import Invoice
from payments.models import Payment
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice, make_market
from tests.support.verbs import set_threshold, snapshot
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
RECORD = "/payments/record/"


@pytest.fixture
def market() -> Market:
    """Differences up to 1.00 may be settled."""
    market = make_market()
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=100)
    return market


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


def typed(market: Market, invoice: Invoice, amount: str, *, tick: bool = True, **more: str) -> dict[str, Any]:
    ticked = {f"difference-{invoice.pk}": "on"} if tick else {}
    return {
        "company": market.acme.pk, "amount": amount, "value_date": "2026-05-18", "means": "cash",
        "token": str(uuid4()), f"amount-{invoice.pk}": amount, **ticked, **more,
    }  # fmt: skip


def words(answer: Any) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return text.replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("amount", "is_offered"), [("119.50", True), ("119.00", True), ("118.99", False), ("120.00", False), ("0", False)]
)
def test_it_is_offered_for_what_is_small(market: Market, manager: Client, amount: str, is_offered: bool) -> None:
    invoice = issue_invoice(market)
    answer = manager.post(RECORD, typed(market, invoice, amount, tick=False, go="live"))
    assert ("Settle the difference of" in words(answer)) is is_offered


def test_it_stays_ticked_as_one_types(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    answer = manager.post(RECORD, typed(market, invoice, "119.60", go="live"))
    assert "Settle the difference of €0.40" in words(answer)
    assert re.search(rf'name="difference-{invoice.pk}" checked', answer.content.decode())


def test_recorded_with_the_tick_the_invoice_is_paid(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    answer = manager.post(RECORD, typed(market, invoice, "119.50"), follow=True)
    invoice.refresh_from_db()
    memo = CreditMemo.objects.get()
    assert (invoice.status, invoice.paid, invoice.credited) == ("paid", 119_50, 50)
    assert (memo.purpose, memo.total, memo.reason_note) == (
        "small_difference", 50, f"Short payment {Payment.objects.get()}"
    )  # fmt: skip
    assert f"The difference of {invoice} is settled." in words(answer)
    assert breaches() == []


def test_without_the_tick_nothing_is_settled(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    manager.post(RECORD, typed(market, invoice, "119.50", tick=False))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 50)


def test_too_much_is_refused_beside_the_box_and_nothing_is_recorded(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    before = snapshot()
    answer = manager.post(RECORD, typed(market, invoice, "100.00"))
    assert answer.status_code == 422
    assert f"€20.00 is due on {invoice}. Only up to €1.00 can be settled" in words(answer)
    assert snapshot() == before


def test_what_is_not_there_yet_settles_nothing(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    before = snapshot()
    answer = manager.post(RECORD, typed(market, invoice, "119.50", is_pending="on"))
    assert answer.status_code == 422
    assert "A difference can be settled once the payment is there." in words(answer)
    assert snapshot() == before


def test_nor_is_a_request_begun_for_what_is_too_much(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    answer = manager.post(RECORD, typed(market, invoice, "100.00"))
    assert answer.status_code == 422
    assert f"€20.00 is due on {invoice}. Only up to €1.00 can be settled" in words(answer)
    assert not Approval.objects.exists()


def test_above_the_limit_the_payment_stands_and_the_difference_is_asked(market: Market, manager: Client) -> None:
    set_threshold(market, 49)
    invoice = issue_invoice(market)
    answer = manager.post(RECORD, typed(market, invoice, "119.50"), follow=True)
    invoice.refresh_from_db()
    assert (invoice.paid, invoice.amount_due) == (119_50, 50)
    assert Approval.objects.get().verb == "settle_difference"
    assert f"The difference of {invoice} is sent for approval." in words(answer)


def test_for_a_relative_of_the_operator_both_are_agreed_to_at_once(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    manager.post(RECORD, typed(market, invoice, "119.50"))
    asked = Approval.objects.get()
    second = client_of(market.people["second_manager"])
    assert f"Small differences settled {invoice}" in re.sub(
        r" – –", "", words(second.get(reverse("creditmemos:approval", args=[asked.pk])))
    )
    approvals.approve(approval=asked, actor=market.actor("second_manager"), now=NOW)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.credited) == ("paid", 119_50, 50)
    assert not Approval.objects.filter(decision="waiting").exists()


def test_money_on_account_settles_it_too(market: Market, manager: Client) -> None:
    payment = receive(market, 119_50, keep_on_account=True)
    invoice = issue_invoice(market)
    url = reverse("payments:allocate", args=[payment.pk])
    boxes = {f"amount-{invoice.pk}": "119.50", f"difference-{invoice.pk}": "on", "token": str(uuid4())}
    assert "Settle the difference of €0.50" in words(manager.post(url, {**boxes, "go": "live"}))
    answer = manager.post(url, boxes, follow=True)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.credited) == ("paid", 50)
    assert f"The difference of {invoice} is settled." in words(answer)
