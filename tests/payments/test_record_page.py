"""Recording a payment on its desk: opened from the list or an invoice, worked out, filled, refused, recorded once."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from invoices.models import Invoice
from payments.models import Payment
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, charge, issue_invoice
from tests.support.verbs import snapshot
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
URL = "/payments/record/"


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


def typed(market: Market, amount: str = "200.00", *amounts: tuple[Invoice, str], **more: Any) -> dict[str, Any]:
    boxes = {f"amount-{invoice.pk}": text for invoice, text in amounts}
    return {
        "company": market.acme.pk, "amount": amount, "value_date": "2026-05-18", "means": "cheque", "reference": "Q 17",
        "token": str(uuid4()), **boxes, **more,
    }  # fmt: skip


def words(answer: Any) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return text.replace("&#x27;", "'")


def value(answer: Any, name: str) -> str:
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', answer.content.decode())
    assert found
    return (re.search(r'value="([^"]*)"', found[0]) or ["", ""])[1]


def test_it_is_recorded_with_its_invoices_and_the_rest_on_account(market: Market, manager: Client) -> None:
    first, second = issue_invoice(market), issue_invoice(market, charge("50.00"))
    answer = manager.post(URL, typed(market, "200.00", (first, "120.00"), (second, "25.00"), note="By post"))
    payment = Payment.objects.get()
    assert answer["Location"] == reverse("payments:detail", args=[payment.pk])
    assert (payment.amount, payment.allocated, payment.on_account) == (200_00, 145_00, 55_00)
    assert (payment.means, payment.reference, payment.note, payment.payer_id) == (
        "cheque", "Q 17", "By post", market.acme.pk,
    )  # fmt: skip
    said = words(manager.get(answer["Location"]))
    assert f"{payment} for €200.00 has been recorded. €55.00 is on account." in said


def test_opened_from_an_invoice_its_amount_is_filled_in(market: Market, manager: Client) -> None:
    other, invoice = issue_invoice(market), issue_invoice(market, charge("50.00"))
    answer = manager.get(URL, {"invoice": invoice.pk})
    assert value(answer, "amount") == "60.00"
    assert value(answer, f"amount-{invoice.pk}") == "60.00"
    assert value(answer, f"amount-{other.pk}") == ""
    assert value(answer, "company_text") == "Acme north"
    assert value(answer, "value_date") == "2026-06-07"
    assert "Left on account €0.00" in words(answer)


def test_opened_for_a_company_its_open_invoices_are_listed(market: Market, manager: Client) -> None:
    own, other = issue_invoice(market), issue_invoice(market, company=market.birch)
    said = words(manager.get(URL, {"company": market.acme.pk}))
    assert str(own) in said
    assert str(other) not in said
    assert "Choose a company first" in words(manager.get(URL))


def test_the_reseller_pays_for_its_client(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market, company=market.client)
    said = words(manager.get(URL, {"company": market.client.pk}))
    assert "Reseller north pays for Client north" in said
    manager.post(URL, {**typed(market, "120.00", (invoice, "120.00")), "company": market.client.pk})
    assert Payment.objects.get().payer_id == market.reseller.pk


def test_what_is_typed_is_worked_out_with_the_guards_and_nothing_is_written(market: Market, manager: Client) -> None:
    first, second = issue_invoice(market), issue_invoice(market)
    before = snapshot()
    answer = manager.post(
        URL, typed(market, "150.00", (first, "120.01"), (second, "20.00"), go="live"), headers={"HX-Request": "true"}
    )
    said = words(answer)
    assert f"Only €120.00 is due on {first}." in said
    assert "Left on account €9.99" in said
    assert "€100.00" in said
    assert "<html" not in answer.content.decode()
    over = words(manager.post(URL, typed(market, "100.00", (first, "120.00"), go="live")))
    assert "The amounts for invoices are €20.00 more than the payment of €100.00." in over
    assert snapshot() == before


def test_what_can_not_be_read_is_told_and_not_counted(market: Market, manager: Client) -> None:
    first, second = issue_invoice(market), issue_invoice(market)
    said = words(manager.post(URL, typed(market, "150.00", (first, "20.00"), (second, "2O.00"), go="live")))
    assert "Left on account €130.00" in said
    assert "Amounts that can't be read are not counted." in said
    said = words(manager.post(URL, typed(market, "15O.00", (first, "20.00"), go="live")))
    assert "Left on account – The amount of the payment can't be read." in said
    assert "€130.00" not in said


def test_what_is_worked_out_is_of_the_rows_on_the_page(market: Market, manager: Client) -> None:
    first, later = issue_invoice(market), issue_invoice(market)
    answer = manager.post(URL, {**typed(market, "150.00", go="live"), f"amount-{first.pk}": ""})
    found = answer.content.decode()
    assert (f'id="after-{first.pk}"' in found, f'id="after-{later.pk}"' in found) == (True, False)


def test_invoices_that_a_pending_payment_pays_are_counted(market: Market, manager: Client) -> None:
    issue_invoice(market)
    assert "pending" not in desk_of(manager, market)
    whole, half = issue_invoice(market), issue_invoice(market)
    receive(market, 170_00, (whole, 120_00), (half, 50_00), is_pending=True, now=NOW)
    assert "One further invoice with €120.00 due is not listed" in desk_of(manager, market)
    receive(market, 70_00, (half, 70_00), is_pending=True, now=NOW)
    assert "2 further invoices with €240.00 due are not listed" in desk_of(manager, market)


def desk_of(client: Client, market: Market) -> str:
    """The desk's own words."""
    html = client.get(URL, {"company": market.acme.pk}).content.decode()
    section = html.partition('aria-labelledby="invoices-title"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))


def test_the_policy_fills_the_first_due_first(market: Market, manager: Client) -> None:
    late = issue_invoice(market)
    soon = issue_invoice(market, charge("50.00"), terms_days=3)
    answer = manager.post(URL, typed(market, "100.00", (late, "1.00"), go="fill"))
    assert value(answer, f"amount-{soon.pk}") == "60.00"
    assert value(answer, f"amount-{late.pk}") == "40.00"
    assert value(answer, "reference") == "Q 17"
    assert not Payment.objects.exists()


def test_a_refusal_stands_in_its_row_and_nothing_typed_is_lost(market: Market, manager: Client) -> None:
    first, second = issue_invoice(market), issue_invoice(market)
    before = snapshot()
    answer = manager.post(URL, typed(market, "300.00", (first, "120.01"), (second, "abc"), note="Keep me"))
    assert answer.status_code == 422
    answer = manager.post(URL, typed(market, "300.00", (first, "120.01"), (second, "130"), note="Keep me"))
    assert answer.status_code == 422
    said = words(answer)
    assert f"Only €120.00 is due on {first}." in said
    assert f"Only €120.00 is due on {second}." in said
    assert "Keep me" in said
    assert value(answer, f"amount-{first.pk}") == "120.01"
    assert value(answer, "amount") == "300.00"
    assert snapshot() == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"amount": ""}, "This field is required."),
        ({"amount": "-5"}, "amount"),
        ({"value_date": "2026-06-08"}, "can't be after today"),
        ({"means": "barter"}, "barter"),
        ({"company": ""}, "This field is required."),
        ({"reference": "x" * 141}, "140"),
    ],
)
def test_bad_input_is_told_beside_its_field(
    market: Market, manager: Client, changed: dict[str, str], told: str
) -> None:
    answer = manager.post(URL, {**typed(market), **changed})
    assert answer.status_code == 422
    assert told in words(answer)
    assert not Payment.objects.exists()


def test_the_same_form_sent_twice_records_once(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    form = typed(market, "120.00", (invoice, "120.00"))
    answers = [manager.post(URL, form) for _ in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert Payment.objects.count() == 1


def test_a_pending_one_posts_nothing_and_the_invoice_waits(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    manager.post(URL, typed(market, "120.00", (invoice, "120.00"), is_pending="on"))
    invoice.refresh_from_db()
    assert (Payment.objects.get().status, invoice.status, invoice.payment_pending) == ("pending", "pending", 120_00)


def test_another_customer_s_invoice_is_refused_and_a_stranger_s_is_not_there(
    market: Market, south: Market, manager: Client
) -> None:
    other, stranger = issue_invoice(market, company=market.birch), issue_invoice(south)
    answer = manager.post(URL, typed(market, "50.00", (other, "5.00")))
    assert f"{other} belongs to another customer." in words(answer)
    assert manager.post(URL, typed(market, "50.00", (stranger, "5.00"))).status_code == 404
    assert manager.get(URL, {"invoice": stranger.pk}).status_code == 404
    assert not Payment.objects.exists()


@pytest.mark.parametrize("person", ["support", "reseller", "billing_admin", "user", "developer"])
def test_others_may_not(market: Market, person: str) -> None:
    client = client_of(market.people[person])
    assert (client.get(URL).status_code, client.post(URL, typed(market)).status_code) == (403, 403)


def test_nobody_records_for_their_own_company(market: Market, manager: Client) -> None:
    MembershipFactory.create(company=market.acme, user=market.user("manager"), roles=["billing_admin"])
    answer = manager.post(URL, typed(market))
    assert answer.status_code == 422
    assert not Payment.objects.exists()


def test_the_statements_of_the_desk_do_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        issue_invoice(market)
    with django_assert_max_num_queries(12):
        manager.get(URL, {"company": market.acme.pk})


def test_money_on_its_way_lowers_what_an_invoice_needs(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    receive(market, 100_00, (invoice, 100_00), is_pending=True, now=NOW)
    answer = manager.get(URL, {"invoice": invoice.pk})
    assert value(answer, "amount") == "20.00"
    assert "€100.00 is being paid already." in words(answer)
