"""The dialogs that void what a run made: they ask what becomes of it, and say what the bulk does."""

from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from billing.models import BillingEvent, BillingException, Charge
from companies.models import MarketplaceSettings
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import bill, plan, subscribe
from tests.factories.world import Market, issue_invoice, issue_memo, key

MAY = date(2026, 5, 1)


@pytest.fixture
def billed(market: Market) -> Market:
    """Two seats until the 19th of May: an invoice and a memo of runs, nothing applied."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False)
    sold = subscribe(market, plan(market), start=MAY, quantity="2")
    bill(market, date(2026, 5, 2))
    sold.cancel(date(2026, 5, 19))
    bill(market, date(2026, 5, 20))
    return market


def invoice_url() -> str:
    return reverse("invoices:void", args=[Invoice.objects.get().pk])


def memo_url(name: str = "void") -> str:
    return reverse(f"creditmemos:{name}", args=[CreditMemo.objects.get().pk])


def test_the_dialog_of_an_invoice_asks(billed: Market, manager: Client) -> None:
    found = manager.get(invoice_url()).content.decode()
    assert "Bill this period again with the next run" in found
    assert "Do not bill it again; an exception is recorded" in found


def test_billing_it_again_is_the_default(billed: Market, manager: Client) -> None:
    manager.post(invoice_url(), {"reason": "Wrong address", "token": key()})
    assert Invoice.objects.get().status == "void"
    assert set(Charge.objects.values_list("state", flat=True)) == {"returned"}
    assert set(BillingEvent.objects.values_list("status", flat=True)) == {"pending"}


def test_never_leaves_an_exception_that_names_it(billed: Market, manager: Client) -> None:
    invoice = Invoice.objects.get()
    manager.post(invoice_url(), {"reason": "Wrong address", "token": key(), "then": "never"})
    assert BillingException.objects.get().invoice == invoice
    for page in (reverse("billing:dashboard"), reverse("billing:run", args=[BillingException.objects.get().run_id])):
        found = manager.get(page).content.decode()
        assert "its period is not billed again" in found
        assert reverse("invoices:detail", args=[invoice.pk]) in found


def test_what_is_no_choice_is_said_beside_the_field(billed: Market, manager: Client) -> None:
    answer = manager.post(invoice_url(), {"reason": "Wrong address", "token": key(), "then": "later"})
    assert answer.status_code == 422
    assert Invoice.objects.get().status == "unpaid"


def test_the_dialog_of_a_memo_asks_too(billed: Market, manager: Client) -> None:
    assert "Credit it again with the next run" in manager.get(memo_url()).content.decode()
    memo = CreditMemo.objects.get()
    manager.post(memo_url(), {"reason": "Wrong", "token": key(), "then": "never"})
    assert BillingException.objects.get().memo == memo
    found = manager.get(reverse("billing:dashboard")).content.decode()
    assert reverse("creditmemos:detail", args=[memo.pk]) in found


def test_many_memos_are_credited_again_and_the_page_says_so(billed: Market, manager: Client) -> None:
    memo = CreditMemo.objects.get()
    url = reverse("creditmemos:bulk_void")
    found = manager.post(url, {"pk": [memo.pk]}).content.decode()
    assert "Credit given by billing runs is given again by the next run." in found
    manager.post(url, {"pk": [memo.pk], "reason": "Wrong", "token": key()})
    memo.refresh_from_db()
    assert memo.status == "voided"
    assert Charge.objects.get().undone == 0


def test_what_people_made_is_not_asked_about(market: Market, manager: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    for url in (reverse("invoices:void", args=[invoice.pk]), reverse("creditmemos:void", args=[memo.pk])):
        assert "with the next run" not in manager.get(url).content.decode()
