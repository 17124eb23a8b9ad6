"""Voiding an invoice in the browser: what the dialog says, what it does, and what stands in its way."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from billing.operations.running import start_run
from companies.models import MarketplaceSettings, MerchantOfRecord
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
from tests.factories.billing import bill, memo_of_two, plan, subscribe
from tests.factories.refunds import paid_out
from tests.factories.world import (
    NOW,
    TODAY,
    Market,
    apply,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)
from tests.support.mailed import mail
from tests.support.verbs import set_threshold
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
DIALOG = {"HX-Request": "true", "HX-Target": "dialog-body"}


@pytest.fixture
def market() -> Market:
    return make_market()


def url(invoice: Invoice) -> str:
    return reverse("invoices:void", args=[invoice.pk])


def text(client: Client, invoice: Invoice, **headers: str) -> str:
    html = client.get(url(invoice), headers=headers or None).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)).replace(" ,", ",").replace("&#x27;", "'")


def test_the_dialog_lists_what_returns_and_what_goes_too(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    used, closed = issue_memo(market), issue_memo(market, "9.00")
    apply(market, used, invoice, 2000)
    apply(market, closed, invoice, 400)
    operations.close(memo=closed, reason="Old", actor=market.actor(), now=NOW)
    issued = credit_invoice(market, invoice, 1000, use="apply_now")

    for headers in ({}, DIALOG):
        found = text(manager, invoice, **headers)
        assert f"€20.00 to {used}" in found
        assert f"€4.00 to {closed}, which is closed, so it is written off again" in found
        assert f"voided with it: {issued}, €12.00" in found
        assert f"Acme north no longer owes the €120.00 of {invoice}." in found
        assert ("Skip to content" in found) is not bool(headers)


def test_it_is_voided_with_its_credit_returned(market: Market, manager: Client) -> None:
    invoice, memo = issue_invoice(market), issue_memo(market)
    apply(market, memo, invoice, 2000)

    answer = manager.post(url(invoice), {"reason": "Wrong customer"})

    assert (answer.status_code, answer["Location"]) == (302, reverse("invoices:detail", args=[invoice.pk]))
    invoice.refresh_from_db()
    memo.refresh_from_db()
    assert (invoice.status, invoice.void_reason, memo.balance) == ("void", "Wrong customer", 5000)
    found = re.sub(r"\s+", " ", manager.get(answer["Location"]).content.decode())
    assert f"{invoice} has been voided." in found
    assert "Wrong customer" in found


def test_a_reason_is_needed(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    answer = manager.post(url(invoice), {"reason": "  "})
    invoice.refresh_from_db()
    assert (answer.status_code, invoice.status) == (422, "unpaid")


def test_the_memo_in_the_way_is_named(market: Market, manager: Client) -> None:
    invoice, other = issue_invoice(market), issue_invoice(market)
    memo = credit_invoice(market, invoice, 1000)
    apply(market, memo, other, 500)
    found = text(manager, invoice)
    assert f"{memo} credits {invoice} and is partially applied. Reverse that first." in found
    assert "Void invoice" not in found


def test_what_overtook_the_dialog_is_told(market: Market, manager: Client) -> None:
    invoice, other = issue_invoice(market), issue_invoice(market)
    memo = credit_invoice(market, invoice, 1000)
    assert "Void invoice" in text(manager, invoice)
    apply(market, memo, other, 500)

    answer = manager.post(url(invoice), {"reason": "Wrong"})

    assert answer.status_code == 422
    assert f"{memo} credits {invoice}" in answer.content.decode()
    assert "Wrong" in answer.content.decode()
    invoice.refresh_from_db()
    assert (invoice.status, Application.objects.count()) == ("unpaid", 1)


def test_a_void_invoice_can_not_be_voided(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    manager.post(url(invoice), {"reason": "Once"})
    assert f"{invoice} is void and can't be voided." in text(manager, invoice)


@pytest.mark.parametrize(
    ("person", "status"),
    [("finance", 200), ("support", 403), ("developer", 404), ("company_admin", 403), ("reseller", 404), ("user", 404)],
)
def test_who_may(market: Market, person: str, status: int) -> None:
    invoice = issue_invoice(market)
    client = client_of(market.people[person])
    assert client.get(url(invoice)).status_code == status
    assert client.post(url(invoice), {"reason": "Wrong"}).status_code == (302 if status == 200 else status)
    invoice.refresh_from_db()
    assert invoice.status == ("void" if status == 200 else "unpaid")


def of_run(market: Market) -> Invoice:
    """An invoice that a run made: two seats in May."""
    subscribe(market, plan(market), start=date(2026, 5, 1), quantity="2")
    bill(market, date(2026, 5, 1), now=NOW)
    return Invoice.objects.latest("pk")


def credit_and_bill_again(invoice: Invoice) -> str:
    return f'href="{reverse("creditmemos:create_from_invoice", args=[invoice.pk])}?full=yes&amp;then=again"'


class TestOutOfHand:
    """What the customer or the books have already is better credited."""

    @pytest.mark.parametrize("headers", [{}, DIALOG])
    def test_what_was_mailed(self, market: Market, manager: Client, headers: dict[str, str]) -> None:
        invoice = of_run(market)
        mail(invoice)
        found = text(manager, invoice, **headers)
        assert f"{invoice} was mailed to the customer on May 18, 2026. Credit it in full and bill" in found
        assert "Voiding this invoice needs approval" in found
        assert "Request approval" in found
        assert "Void invoice" not in found
        html = manager.get(url(invoice), headers=headers or None).content.decode()
        assert html.index(credit_and_bill_again(invoice)) < html.index('name="reason"')

    def test_what_lies_in_a_closed_period(self, market: Market, manager: Client) -> None:
        invoice = of_run(market)
        MerchantOfRecord.objects.update(closed_through=TODAY)
        assert f"{invoice} is in a period that is closed through May 18, 2026." in text(manager, invoice)
        assert credit_and_bill_again(invoice) in manager.get(url(invoice)).content.decode()

    def test_else_nothing_of_it(self, market: Market, manager: Client) -> None:
        for invoice in (of_run(market), issue_invoice(market)):
            assert "Credit and bill again" not in text(manager, invoice)
            assert "approval" not in text(manager, invoice)
            assert "Void invoice" in text(manager, invoice)

    def test_a_second_person_is_asked(self, market: Market, manager: Client) -> None:
        invoice = of_run(market)
        mail(invoice)
        answer = manager.post(url(invoice), {"reason": "Wrong customer", "then": "never"})
        assert (answer.status_code, answer["Location"]) == (302, reverse("invoices:detail", args=[invoice.pk]))
        assert f"Sent for approval: void {invoice}." in manager.get(answer["Location"]).content.decode()
        invoice.refresh_from_db()
        assert invoice.status == "unpaid"
        assert "This has already been requested and is awaiting approval." in text(manager, invoice)

        request = Approval.objects.get()
        finance = client_of(market.people["finance"])
        page = finance.get(reverse("creditmemos:approval", args=[request.pk])).content.decode()
        assert f"Void {invoice}" in page
        assert "Acme north no longer owes the €62.00" in page
        assert "What was billed is not billed again" in page
        answer = finance.post(reverse("creditmemos:approval_approve", args=[request.pk]), {})
        assert answer.status_code == 302
        invoice.refresh_from_db()
        assert (invoice.status, invoice.void_reason) == ("void", "Wrong customer")

    def test_a_marketplace_without_memos_only_asks(self, market: Market, manager: Client) -> None:
        invoice = of_run(market)
        mail(invoice)
        market.marketplace.pipeline = "v1"
        market.marketplace.save()
        found = text(manager, invoice)
        assert "Credit and bill again" not in found
        assert "Voiding this invoice needs approval" in found

    def test_what_is_credited_in_full_only_asks(self, market: Market, manager: Client) -> None:
        invoice = of_run(market)
        mail(invoice)
        operations.issue_from_invoice(
            invoice=invoice, lines=[InvoiceCredit(invoice.lines.get().pk, net=invoice.net)],
            details=Details(reason_id=market.reason().pk, use="hold", afterwards="never"), actor=market.actor(),
            now=NOW, key=key(),
        )  # fmt: skip
        assert "Credit and bill again" not in text(manager, invoice)


class TestLimit:
    def test_it_is_told_before(self, market: Market, manager: Client) -> None:
        invoice, made = of_run(market), issue_invoice(market)
        set_threshold(market, invoice.total - 1)
        until = "above your approval limit: the invoice stays as it is until a second person approves."
        assert f"If it is not billed again, the €62.00 given up is {until}" in text(manager, invoice)
        assert f"€120.00 is {until}" in text(manager, made)
        alone = "If nobody else can decide, you may act alone one day after announcing it."
        assert f"{until} {alone}" in text(manager, made)
        MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(allow_alone=False)
        assert alone not in text(manager, made)
        set_threshold(market, 12000)
        assert "above your approval limit" not in text(manager, invoice) + text(manager, made)

    def test_above_it_a_second_person_is_asked(self, market: Market, manager: Client) -> None:
        invoice = issue_invoice(market)
        set_threshold(market, 11999)
        assert manager.post(url(invoice), {"reason": "Wrong"}).status_code == 302
        invoice.refresh_from_db()
        assert (invoice.status, Approval.objects.get().amount) == ("unpaid", 12000)


class TestMemosOfRuns:
    """A run's memo names the lines that it credits, not the invoice."""

    def test_what_credits_it_goes_with_it(self, market: Market, manager: Client) -> None:
        MarketplaceSettings.objects.update(auto_apply=False)
        invoice, memo = self.credited(market)
        found = text(manager, invoice)
        assert f"Credit memos that credit it are voided with it: {memo}, €28.00" in found
        manager.post(url(invoice), {"reason": "Wrong"})
        memo.refresh_from_db()
        assert memo.status == "voided"

    def test_what_credits_others_too_is_divided_and_the_dialog_says_so(self, market: Market, manager: Client) -> None:
        MarketplaceSettings.objects.update(auto_apply=False)
        invoice, other, memo = memo_of_two(market)
        found = text(manager, invoice)
        told = re.sub(r" ([,:])", r"\1", found)
        assert f"{memo}, €56.00: €28.00 is voided with the invoice, €28.00 is issued again as a credit memo" in told
        assert "Void invoice and divide a credit memo" in found
        manager.post(url(invoice), {"reason": "Wrong"})
        memo.refresh_from_db()
        here, rest = CreditMemo.objects.filter(divided_from=memo).order_by("pk")
        assert [(each.status, each.total) for each in (memo, here, rest)] == [
            ("voided", 5600), ("voided", 2800), ("unapplied", 2800),
        ]  # fmt: skip
        assert [line.invoice_line.invoice for line in rest.lines.all() if line.invoice_line] == [other]
        invoice.refresh_from_db()
        other.refresh_from_db()
        assert (invoice.status, other.status) == ("void", "unpaid")

    @pytest.mark.parametrize("how", ["used", "closed", "waiting"])
    def test_what_credits_others_too_and_is_not_free_is_named(self, market: Market, manager: Client, how: str) -> None:
        MarketplaceSettings.objects.update(auto_apply=False)
        invoice, other, memo = memo_of_two(market)
        if how == "used":
            apply(market, memo, other, 100)
        elif how == "closed":
            operations.close(memo=memo, reason="x", actor=market.actor(), now=NOW)
        else:
            paid_out(market, memo, is_pending=True)
        why = {"used": "partially applied", "closed": "closed", "waiting": "being paid out"}[how]
        assert f"{memo} credits {invoice} and is {why}. Reverse that first." in text(manager, invoice)
        assert manager.post(url(invoice), {"reason": "Wrong"}).status_code == 422
        invoice.refresh_from_db()
        assert (invoice.status, CreditMemo.objects.filter(divided_from=memo).count()) == ("unpaid", 0)

    def test_what_was_issued_beside_it_stays(self, market: Market, manager: Client) -> None:
        MarketplaceSettings.objects.update(auto_apply=False)
        sold = subscribe(market, plan(market), start=date(2026, 5, 1), quantity="2")
        bill(market, date(2026, 5, 1), now=NOW)
        sold.change(date(2026, 5, 18), quantity="1")
        bill(market, date(2026, 5, 18), now=NOW + timedelta(hours=1))
        beside, memo = Invoice.objects.latest("pk"), CreditMemo.objects.get()
        assert memo.sibling_invoice == beside
        assert f"stay, as they do not credit it: {memo}, €28.00" in text(manager, beside)
        manager.post(url(beside), {"reason": "Wrong"})
        memo.refresh_from_db()
        assert memo.status == "unapplied"

    def credited(self, market: Market) -> tuple[Invoice, CreditMemo]:
        sold = subscribe(market, plan(market), start=date(2026, 5, 1), quantity="2")
        bill(market, date(2026, 5, 1), now=NOW)
        sold.change(date(2026, 5, 18), quantity="1")
        bill(market, date(2026, 5, 18), now=NOW + timedelta(hours=1))
        return Invoice.objects.earliest("pk"), CreditMemo.objects.get()


def test_a_run_that_goes_on_is_told(market: Market, manager: Client) -> None:
    invoice = of_run(market)
    start_run(through=TODAY, actor=market.actor(), now=NOW, key=key())
    assert "has not finished yet" in text(manager, invoice)
