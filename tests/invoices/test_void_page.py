"""Voiding an invoice in the browser: what the dialog says, what it does, and what stands in its way."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from creditmemos import operations
from creditmemos.models import Application
from invoices.models import Invoice
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, issue_memo, make_market
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
    assert f"{invoice} is void." in found
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
    assert f"{memo} was issued from {invoice} and is partially applied. Undo that first." in found
    assert "Void it" not in found


def test_what_overtook_the_dialog_is_told(market: Market, manager: Client) -> None:
    invoice, other = issue_invoice(market), issue_invoice(market)
    memo = credit_invoice(market, invoice, 1000)
    assert "Void it" in text(manager, invoice)
    apply(market, memo, other, 500)

    answer = manager.post(url(invoice), {"reason": "Wrong"})

    assert answer.status_code == 422
    assert f"{memo} was issued from {invoice}" in answer.content.decode()
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
