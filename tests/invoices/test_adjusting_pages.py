"""The pages that settle what stays open on an invoice: offered where it works, and what each person reads then."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import MarketplaceSettings
from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from documents.models import DocumentJob
from invoices.models import Invoice
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo, make_market
from tests.support.verbs import pay, set_threshold
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def market() -> Market:
    """Differences up to 1.00 may be settled."""
    market = make_market()
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=100)
    return market


def words(answer: Any) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return text.replace("&#x27;", "'").replace("\N{NO-BREAK SPACE}", " ")


def page(invoice: Invoice, name: str = "detail") -> str:
    return reverse(f"invoices:{name}", args=[invoice.pk])


def memo_page(memo: CreditMemo) -> str:
    return reverse("creditmemos:detail", args=[memo.pk])


def short_of(market: Market, due: int = 50) -> Invoice:
    return pay(market, issue_invoice(market), 12000 - due)


def settled(market: Market, invoice: Invoice) -> CreditMemo:
    memo = operations.settle_difference(invoice=invoice, reason="Bank fee", actor=market.actor(), now=NOW)
    assert isinstance(memo, CreditMemo)
    return memo


def written_off(market: Market, invoice: Invoice) -> CreditMemo:
    asked = operations.write_off_invoice(invoice=invoice, reason="Gone", actor=market.actor("finance"), now=NOW)
    memo: CreditMemo = operations.approve(approval=asked, actor=market.actor(), now=NOW)
    return memo


def test_the_dialog_tells_the_amount_and_settles_it(market: Market, manager: Client) -> None:
    invoice = short_of(market)
    asked = words(manager.get(page(invoice, "settle_difference")))
    assert "The €0.50 that is still due is settled as a small difference, without tax." in asked
    answer = manager.post(page(invoice, "settle_difference"), {"reason": "Bank fee"}, follow=True)
    assert f"ADJ.00001 settles the €0.50 of {invoice}." in words(answer)
    assert answer.redirect_chain == [(page(invoice), 302)]


def test_without_a_reason_the_form_says_so(market: Market, manager: Client) -> None:
    invoice = short_of(market)
    answer = manager.post(page(invoice, "settle_difference"), {"reason": " "})
    assert answer.status_code == 422
    assert not CreditMemo.objects.exists()


def test_above_the_setting_the_page_says_why_not(market: Market, manager: Client) -> None:
    invoice = short_of(market, 101)
    asked = manager.get(page(invoice, "settle_difference"))
    assert f"€1.01 is due on {invoice}. Only up to €1.00 can be settled as a small difference." in words(asked)


def test_above_the_limit_the_button_asks(market: Market, manager: Client) -> None:
    set_threshold(market, 49)
    invoice = short_of(market)
    asked = words(manager.get(page(invoice, "settle_difference")))
    assert "It is above your approval limit and is sent for approval." in asked
    assert "Request approval" in asked
    answer = manager.post(page(invoice, "settle_difference"), {"reason": "Bank fee"}, follow=True)
    assert f"Sent for approval: settle the difference of {invoice}." in words(answer)
    assert "A request to settle what is due, or to write it off, is awaiting approval." in words(answer)


def test_writing_off_is_asked_read_and_agreed_to(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    finance = client_of(market.people["finance"])
    asked = words(finance.get(page(invoice, "write_off")))
    assert (
        "The whole €120.00 that is still due is given up as uncollectible, once a second person approves it." in asked
    )
    answer = finance.post(page(invoice, "write_off"), {"reason": "Insolvent"}, follow=True)
    assert f"Sent for approval: write off {invoice}." in words(answer)
    approval = Approval.objects.get()
    pay(market, invoice, 1000)
    read = words(manager.get(reverse("creditmemos:approval", args=[approval.pk])))
    assert f"Write off {invoice}" in read
    assert "Due €120.00 €110.00 changed €0.00" in read
    read = words(manager.get(reverse("creditmemos:approval_standing", args=[approval.pk])))
    assert f"€120.00 was due on {invoice} when this was requested, now it is €110.00." in read


def test_paid_with_a_small_difference_the_invoice_is_paid(market: Market, manager: Client) -> None:
    invoice = short_of(market)
    memo = settled(market, invoice)
    read = words(manager.get(page(invoice)))
    assert f"Invoices {invoice} Paid" in read
    assert "Of which small difference €0.50" in read
    assert f"{memo.number} Small difference" in read
    assert "Credit memos that credit it" not in read
    assert "Paid and credited" not in words(manager.get(reverse("invoices:list")))


def test_with_credit_besides_it_is_paid_and_credited(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market), invoice, 5000)
    settled(market, pay(market, invoice, 6950))
    assert f"{invoice} Paid and credited" in words(manager.get(page(invoice)))


def test_staff_reads_that_a_debt_was_written_off(market: Market, manager: Client) -> None:
    invoice = pay(market, issue_invoice(market), 2000)
    memo = written_off(market, invoice)
    read = words(manager.get(page(invoice)))
    assert f"{invoice} Written off" in read
    assert "Of which uncollectible €100.00" in read
    assert "Reverse the write-off before you credit the invoice" in read
    assert "Written off" in words(manager.get(reverse("invoices:list")))
    own = words(manager.get(memo_page(memo)))
    assert f"{memo.number} Fully applied Uncollectible" in own
    assert "Reason Written off as uncollectible" in own
    assert "Uncollectible" in words(manager.get(reverse("creditmemos:list")))


@pytest.mark.parametrize("url", ["invoice", "invoices", "memo", "memos", "statement"])
def test_customers_read_that_it_was_settled_and_no_more(market: Market, url: str) -> None:
    invoice = issue_invoice(market)
    memo = written_off(market, invoice)
    urls = {
        "invoice": page(invoice), "invoices": reverse("invoices:list"), "memo": memo_page(memo),
        "memos": reverse("creditmemos:list"), "statement": reverse("companies:detail", args=[market.acme.pk]),
    }  # fmt: skip
    read = words(client_of(market.people["company_admin"]).get(urls[url])).lower()
    assert "uncollectible" not in read
    assert "written off as" not in read
    assert "insolvent" not in read
    assert "gone" not in read
    assert ("settled" if url == "invoices" else "settled by the merchant") in read


def test_a_reseller_who_owes_reads_no_more_than_a_customer(market: Market) -> None:
    memo = written_off(market, issue_invoice(market, company=market.client))
    read = words(client_of(market.people["reseller"]).get(memo_page(memo))).lower()
    assert "settled by the merchant" in read
    assert "uncollectible" not in read
    assert "gone" not in read


def test_the_statement_calls_it_what_it_is(market: Market, manager: Client) -> None:
    memo = settled(market, short_of(market))
    operations.undo_and_void(memo=memo, reason="Paid", actor=market.actor(), now=NOW, confirmed=True)
    read = words(manager.get(reverse("companies:detail", args=[market.acme.pk])))
    assert f"Small difference {memo.number}" in read
    assert f"Small difference reversed {memo.number}" in read


def test_the_memo_says_that_there_is_no_pdf_and_has_none(market: Market, manager: Client) -> None:
    invoice = short_of(market)
    memo = settled(market, invoice)
    answer = manager.get(memo_page(memo))
    assert "It is not printed, and nobody is sent anything." in words(answer)
    assert f"Source invoice {invoice}" in words(answer)
    assert b'id="deliveries"' not in answer.content
    assert b'id="documents"' not in answer.content
    for name in ("original", "files"):
        assert manager.get(reverse(f"documents:{name}", args=["credit_memo", memo.pk])).status_code == 404
    assert not DocumentJob.objects.filter(kind="credit_memo").exists()


def test_it_is_undone_from_its_own_page_as_a_whole(market: Market, manager: Client) -> None:
    invoice = short_of(market)
    memo = settled(market, invoice)
    read = manager.get(memo_page(memo)).content.decode()
    assert reverse("creditmemos:undo_and_void", args=[memo.pk]) in read
    assert "/reverse/" not in read
    assert "/reverse/" not in manager.get(page(invoice)).content.decode()
    manager.post(
        reverse("creditmemos:undo_and_void", args=[memo.pk]), {"reason": "They paid", "confirmed": "on"}, follow=True
    )
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 50)


def test_the_list_is_narrowed_to_adjustments_and_files_name_them(market: Market, manager: Client) -> None:
    ordinary, memo = issue_memo(market), settled(market, short_of(market))
    bad = written_off(market, issue_invoice(market))
    read = words(manager.get(reverse("creditmemos:list"), {"purpose": "small_difference"}))
    assert str(memo) in read
    assert str(bad) not in read
    assert str(ordinary) not in read
    rows = manager.get(reverse("creditmemos:list"), {"export": "csv"}).getvalue().decode("utf-8-sig").splitlines()
    assert [row.count("Uncollectible") for row in rows if str(bad) in row] == [1]
    assert [row.count("Small difference") for row in rows if str(memo) in row] == [1]


def test_the_activity_of_the_invoice_tells_it(market: Market, manager: Client) -> None:
    invoice = short_of(market)
    settled(market, invoice)
    read = words(manager.get(page(invoice, "activity")))
    assert "Settled a small difference" in read
    assert "Bank fee" in read


def test_it_is_found_by_its_number(market: Market, manager: Client) -> None:
    memo = settled(market, short_of(market))
    assert str(memo) in words(manager.get(reverse("creditmemos:list"), {"q": "adj.00001"}))
