"""Reverse, and undo and void, in the browser: the invoices and their new dues, the hold, and the confirmation."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from core.ids import uuid7
from creditmemos import operations
from creditmemos.models import Application, CreditMemo
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.verbs import pay
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


def reverse_url(memo: CreditMemo, application: Application) -> str:
    return reverse("creditmemos:reverse", args=[memo.pk, application.pk])


def undo_url(memo: CreditMemo) -> str:
    return reverse("creditmemos:undo_and_void", args=[memo.pk])


def send(client: Client, url: str, **fields: Any) -> Any:
    return client.post(url, {"token": str(uuid4()), **fields})


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.content.decode())).replace("&#x27;", "'")


def test_reverse_says_what_the_invoice_will_owe(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    application = apply(market, memo, invoice, 20_00)
    page = text(manager.get(reverse_url(memo, application)))
    assert "Reverse CM-2026-00001 on INV-2026-00001" in page
    assert "INV-2026-00001 €20.00 €100.00 €120.00" in page
    assert "€20.00 becomes available again on CM-2026-00001." in page


@pytest.mark.parametrize(("ticked", "held"), [({"hold": "on"}, True), ({}, False)])
def test_reverse_holds_the_credit_as_ticked(
    market: Market, manager: Client, ticked: dict[str, str], held: bool
) -> None:
    memo, invoice = issue_memo(market, use="follow"), issue_invoice(market)
    application = apply(market, memo, invoice, 20_00)
    assert 'name="hold" ' in manager.get(reverse_url(memo, application)).content.decode()
    answer = send(manager, reverse_url(memo, application), reason="Wrong invoice.", **ticked)
    assert answer["Location"] == f"/credit-memos/{memo.pk}/"
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.balance, memo.on_hold, invoice.amount_due) == (50_00, held, 120_00)
    assert "€20.00 on INV-2026-00001 has been reversed." in text(manager.get(f"/credit-memos/{memo.pk}/"))


def test_reverse_is_offered_once(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    application = apply(market, memo, invoice, 20_00)
    send(manager, reverse_url(memo, application), reason="x")
    assert "can't be reversed: it has already been reversed." in text(manager.get(reverse_url(memo, application)))
    page = send(manager, reverse_url(memo, application), reason="Again.")
    assert page.status_code == 422
    assert "it has already been reversed" in text(page)
    assert ">Again.</textarea>" in page.content.decode().replace("\n", "")
    assert Application.objects.count() == 2


def test_reversal_and_closed_memo_have_nothing_to_reverse(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    application = apply(market, memo, invoice, 20_00)
    back = operations.reverse(application=application, reason="x", actor=market.actor(), now=NOW, key="r")
    assert "it is a reversal itself." in text(manager.get(reverse_url(memo, back)))
    again = apply(market, memo, invoice, 10_00)
    operations.close(memo=memo, reason="x", actor=market.actor(), now=NOW)
    assert "CM-2026-00001 is closed." in text(manager.get(reverse_url(memo, again)))
    assert send(manager, reverse_url(memo, again), reason="x").status_code == 422


@pytest.mark.damage
def test_reverse_of_a_paid_invoice_must_be_meant(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    application = apply(market, memo, invoice, 20_00)
    pay(market, invoice, 100_00)
    page = text(manager.get(reverse_url(memo, application)))
    assert "I confirm that this paid invoice becomes unpaid, with these amounts due: INV-2026-00001: €20.00" in page
    refused = send(manager, reverse_url(memo, application), reason="x", hold="on")
    assert refused.status_code == 422
    assert "Tick this box to go on." in text(refused)
    assert send(manager, reverse_url(memo, application), reason="x", hold="on", confirmed="on").status_code == 302
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 20_00)


def test_application_must_be_the_memos_own(market: Market, manager: Client) -> None:
    memo, other = issue_memo(market), issue_memo(market)
    application = apply(market, other, issue_invoice(market), 20_00)
    assert manager.get(reverse_url(memo, application)).status_code == 404
    assert manager.get(reverse("creditmemos:reverse", args=[memo.pk, uuid7()])).status_code == 404
    assert send(manager, reverse_url(memo, application), reason="x").status_code == 404


@pytest.mark.parametrize("person", ["support", "company_admin", "billing_admin"])
def test_only_manager_and_finance_reverse_and_undo(market: Market, person: str) -> None:
    memo = issue_memo(market)
    application = apply(market, memo, issue_invoice(market), 20_00)
    client = client_of(market.people[person])
    for url in (reverse_url(memo, application), undo_url(memo)):
        assert client.get(url).status_code == 403
        assert send(client, url, reason="x").status_code == 403
    assert Application.objects.count() == 1


def test_strangers_find_no_application(market: Market, south: Market) -> None:
    memo = issue_memo(market)
    application = apply(market, memo, issue_invoice(market), 20_00)
    for client in (client_of(south.people["manager"]), client_of(market.people["other_admin"])):
        assert client.get(reverse_url(memo, application)).status_code == 404
        assert send(client, undo_url(memo), reason="x").status_code == 404


def test_undo_lists_every_invoice_with_its_new_due(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    first, second = issue_invoice(market), issue_invoice(market)
    apply(market, memo, first, 20_00)
    apply(market, memo, second, 10_00)
    apply(market, memo, first, 5_00)
    page = text(manager.get(undo_url(memo)))
    assert "INV-2026-00001 €25.00 €95.00 €120.00" in page
    assert "INV-2026-00002 €10.00 €110.00 €120.00" in page
    assert "€35.00 is reversed on the invoices above, and the credit memo of €50.00 is voided permanently." in page


def test_undo_and_void_does_both_or_nothing(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 50_00)
    assert send(manager, undo_url(memo), reason="Wrong customer.").status_code == 302
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.status, memo.applied, invoice.amount_due) == ("voided", 0, 120_00)
    assert "CM-2026-00001 has been voided; 1 invoice is due again." in text(manager.get(f"/credit-memos/{memo.pk}/"))


@pytest.mark.damage
def test_undo_of_a_paid_invoice_must_be_meant(market: Market, manager: Client) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 20_00)
    pay(market, invoice, 100_00)
    assert send(manager, undo_url(memo), reason="x").status_code == 422
    memo.refresh_from_db()
    assert memo.status == "partially_applied"
    assert send(manager, undo_url(memo), reason="x", confirmed="on").status_code == 302
    memo.refresh_from_db()
    assert memo.status == "voided"


def test_undo_of_a_closed_memo_is_refused(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    apply(market, memo, issue_invoice(market), 20_00)
    operations.close(memo=memo, reason="x", actor=market.actor(), now=NOW)
    assert "CM-2026-00001 is closed." in text(manager.get(undo_url(memo)))
    page = send(manager, undo_url(memo), reason="Still.")
    assert page.status_code == 422
    assert ">Still.</textarea>" in page.content.decode().replace("\n", "")
