"""Refunds on pages: who does what, what a customer reads, and what is left of what was typed after a refusal."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import MarketplaceSettings
from core.models import Approval
from creditmemos.models import CreditMemo
from creditmemos.operations import release
from payments.models import Payment, Refund
from payments.operations import fail_refund, give_back
from tests.factories.payments import receive
from tests.factories.refunds import given_back, paid_out, sent
from tests.factories.world import NOW, TODAY, Market, credit_invoice, issue_invoice, issue_memo, key
from tests.support.reading import Page
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
SENDING = {"reason": "Contract ended", "means": "transfer", "value_date": TODAY.isoformat(), "reference": "SEPA 7"}


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


@pytest.fixture
def memo(market: Market) -> CreditMemo:
    """60.00 of an invoice that was paid."""
    invoice = issue_invoice(market)
    receive(market, invoice.total, (invoice, invoice.total))
    invoice.refresh_from_db()
    return credit_invoice(market, invoice, 50_00)


@pytest.fixture
def payment(market: Market) -> Payment:
    """100.00 on account."""
    return receive(market, 100_00, keep_on_account=True)


def out(memo: CreditMemo) -> str:
    return reverse("payments:pay_out", args=[memo.pk])


def back(payment: Payment) -> str:
    return reverse("payments:give_back", args=[payment.pk])


def text(client: Client, url: str) -> str:
    words = re.sub(r"<[^>]+>", "", client.get(url).content.decode().replace("\N{NO-BREAK SPACE}", " "))
    return re.sub(r"\s+", " ", words)


def links(client: Client, url: str) -> str:
    return client.get(url).content.decode()


def test_a_memo_is_paid_out(manager: Client, memo: CreditMemo) -> None:
    detail = reverse("creditmemos:detail", args=[memo.pk])
    assert out(memo) in links(manager, detail)
    answer = manager.post(out(memo), SENDING)
    assert (answer.status_code, answer["Location"]) == (302, detail)
    shown = text(manager, detail)
    for word in ("has been paid out", "Contract ended", "SEPA 7", "Payouts", "by Manager North"):
        assert word in shown
    assert out(memo) not in links(manager, detail)
    history = Page(manager.get(detail).content).table("history")
    assert [row.amount("Amount") for row in history.rows] == [memo.total, -memo.total]


def test_what_the_account_owes_is_said_before(market: Market, manager: Client, memo: CreditMemo) -> None:
    assert "can pay that instead" not in text(manager, out(memo))
    issue_invoice(market)
    assert "owes €120.00. The credit can pay that instead." in text(manager, out(memo))


def test_credit_without_an_invoice_is_asked_for(market: Market, manager: Client, payment: Payment) -> None:
    memo = issue_memo(market)
    page = text(manager, out(memo))
    assert "Request approval" in page
    assert "This takes a second person" in page
    manager.post(out(memo), SENDING)
    request = reverse("creditmemos:approval", args=[Approval.objects.get().pk])
    shown = text(client_of(market.people["second_manager"]), request)
    for word in (f"Pay out {memo}", "Bank transfer", "SEPA 7", "Contract ended"):
        assert word in shown


def test_a_refusal_keeps_what_was_typed(manager: Client, memo: CreditMemo) -> None:
    answer = manager.post(out(memo), {**SENDING, "value_date": "2099-01-01"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "SEPA 7" in shown
    assert not Refund.objects.exists()


def test_what_can_not_be_paid_out_says_why(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    assert "has paid nothing that could be sent back" in text(manager, out(memo))


def test_money_on_account_goes_back(manager: Client, payment: Payment) -> None:
    answer = manager.post(back(payment), {**SENDING, "amount": "30.00", "is_pending": "on"})
    assert answer.status_code == 302
    detail = reverse("payments:detail", args=[payment.pk])
    assert "€30.00 of P-000001 is on its way back." in text(manager, detail)
    sent = reverse("payments:refund_sent", args=[Refund.objects.get().pk])
    assert sent in links(manager, detail)
    assert manager.post(sent, {"value_date": TODAY.isoformat()}).status_code == 302
    figures = Page(manager.get(detail).content).figures()
    assert (figures["Given back"], figures["On account"]) == (30_00, 70_00)


def test_an_amount_over_the_money_stands_beside_its_box(manager: Client, payment: Payment) -> None:
    answer = manager.post(back(payment), {**SENDING, "amount": "100.01"})
    assert answer.status_code == 422
    assert "P-000001 has only €100.00 on account." in answer.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def test_above_the_limit_it_is_asked_for(market: Market, manager: Client, payment: Payment) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=50_00)
    assert "It may take a second person: then it is sent for approval." in text(manager, back(payment))
    manager.post(back(payment), {**SENDING, "amount": "50.01"})
    assert (Approval.objects.get().verb, Refund.objects.count()) == ("give_back", 0)


def test_what_may_go_back_is_less_where_more_was_sent_already(
    market: Market, manager: Client, memo: CreditMemo, payment: Payment
) -> None:
    assert manager.post(out(memo), SENDING).status_code == 302
    other = issue_memo(market, "90.00")
    paid_out(market, other)
    extra = receive(market, 500_00, keep_on_account=True)
    paid_out(market, issue_memo(market, "600.00"))
    assert extra.amount == 500_00
    assert 'name="amount"' in links(manager, back(payment))


def test_an_attempt_that_failed_stays_on_the_page(market: Market, manager: Client) -> None:
    memo = issue_memo(market, use="follow")
    refund = paid_out(market, memo, is_pending=True)
    fail_refund(refund=refund, why="Account closed", actor=market.actor(), now=NOW)
    release(memo=memo, actor=market.actor(), now=NOW)
    assert "Account closed" in text(manager, reverse("creditmemos:detail", args=[memo.pk]))


def test_a_request_is_staffs_matter(market: Market, manager: Client, payment: Payment) -> None:
    memo = issue_memo(market)
    manager.post(out(memo), SENDING)
    detail = reverse("creditmemos:detail", args=[memo.pk])
    assert "Paying out is awaiting approval. You requested it." in text(manager, detail)
    assert "Paying out is awaiting approval." in text(client_of(market.people["second_manager"]), detail)
    assert "awaiting approval" not in text(client_of(market.people["company_admin"]), detail)


def test_the_statement_of_days_with_a_refund_alone_adds_up(market: Market, manager: Client, payment: Payment) -> None:
    later = NOW + timedelta(days=5)
    give_back(
        payment=payment, amount=100_00, sending=sent(value_date=TODAY), reason="x", actor=market.actor(), now=later,
        key=key(),
    )  # fmt: skip
    start = (TODAY + timedelta(days=3)).isoformat()
    page = Page(manager.get(reverse("companies:detail", args=[market.acme.pk]), {"from": start}).content)
    said, sheet = page.figures("statement"), page.table("statement")
    assert (said["Opening balance"], said["Money"], said["Closing balance"]) == (-100_00, -100_00, 0)
    assert sheet.sum("Money", "EUR") == -100_00


def test_a_customer_reads_the_refund_and_not_the_reason(market: Market, payment: Payment) -> None:
    refund = given_back(market, payment, 30_00, note="Difficult")
    admin = client_of(market.people["company_admin"])
    for url in (reverse("payments:refunds"), reverse("payments:detail", args=[payment.pk])):
        shown = text(admin, url)
        assert "€30.00" in shown
        for word in ("Paid twice", "Difficult", "Manager North"):
            assert word not in shown
    assert refund.reason == "Paid twice"


def test_the_list_finds_by_what_is_paid_back(market: Market, manager: Client, payment: Payment) -> None:
    given_back(market, payment, 30_00, reference="RF 99")
    memo = issue_memo(market)
    paid_out(market, memo)
    lists = reverse("payments:refunds")
    for text_, only in (("P-000001", "P-000001"), ("RF 99", "P-000001"), (memo.number or "", str(memo))):
        rows = Page(manager.get(lists, {"q": text_}).content).list().rows
        assert [row.cells["Refund of"] for row in rows] == [only], text_
