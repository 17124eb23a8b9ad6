"""The page of one payment: amounts, where the money went, what waits, who sees what."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from payments.models import Allocation, Payment
from payments.operations import allocate, return_payment, settle_payment, take_off, undo_return
from payments.queries.history import Move, history_of
from payments.views import detail
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, issue_invoice, key
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAX_QUERIES = 12
HOUR = timedelta(hours=1)


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


def text(client: Client, payment: Payment, part: str = "detail") -> str:
    answer = client.get(reverse(f"payments:{part}", args=[payment.pk]))
    assert answer.status_code == 200
    html = answer.content.decode()
    main = html.partition("<main")[2] or html
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def test_amounts_facts_and_the_rows_with_what_is_on_account_after_each(market: Market, manager: Client) -> None:
    first, second = issue_invoice(market), issue_invoice(market)
    payment = receive(market, 200_00, (first, 120_00), (second, 30_00), reference="RF 77", note="By hand")
    row = Allocation.objects.get(invoice=second)
    take_off(allocation=row, reason="Wrong one", actor=market.actor(), now=NOW + HOUR, key=key())

    found = text(manager, payment)

    for words in ("Acme north", "Off-platform", "Bank transfer", "RF 77", "By hand", "Manager North", "Wrong one"):
        assert words in found
    rows = found.partition("Invoices and returns")[2]
    places = [
        rows.index(words)
        for words in (
            "Received", str(first), "(€120.00) €80.00", "(€30.00) €50.00", "Taken off",
            "€30.00 €80.00",
        )
    ]  # fmt: skip
    assert places == sorted(places)
    assert "(taken off)" in rows


def test_figures_and_rows_are_of_one_moment(market: Market, manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    payment, invoice = receive(market, 200_00), issue_invoice(market)
    readings: list[Payment] = []

    def read(seen: Payment) -> list[Move]:
        if not readings:  # The money moves between the page's first reading and that of its rows.
            allocate(payment=payment, wanted=[(invoice.pk, 120_00)], actor=market.actor(), now=NOW + HOUR, key=key())
        readings.append(seen)
        return history_of(seen)

    monkeypatch.setattr(detail, "history_of", read)
    found = text(manager, payment)
    assert "Allocated €120.00 On account €80.00" in found
    assert f"{invoice} (€120.00) €80.00" in found
    assert len(readings) == 2


def test_how_the_money_on_account_came_about(market: Market, manager: Client) -> None:
    payment = receive(market, 200_00, (issue_invoice(market), 120_00))
    return_payment(
        payment=payment, amount=30_00, reason="bounced", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )
    found = text(manager, payment).partition("How the money on account came about")[2]
    assert "Received €200.00 Allocated to invoices (€120.00) Returned (€30.00) On account €50.00" in found


def test_returns_and_their_undoing_stand_in_the_rows(market: Market, manager: Client) -> None:
    payment = receive(market, 50_00)
    row = return_payment(
        payment=payment,
        amount=50_00,
        reason="bounced",
        value_date=TODAY,
        actor=market.actor(),
        now=NOW + HOUR,
        key=key(),
    )
    assert "Returned" in text(manager, payment)
    undo_return(row=row, value_date=TODAY, actor=market.actor(), now=NOW + 2 * HOUR, key=key())
    found = text(manager, payment).partition("Invoices and returns")[2]
    assert "(undone)" in found
    assert "Return undone" in found
    assert "Bounced cheque" in found


def test_a_pending_payment_says_what_waits_for_it(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 100_00, (invoice, 100_00), is_pending=True)
    found = text(manager, payment)
    assert f"Meant for these invoices Invoice To pay {invoice} €100.00" in found
    assert "Invoices and returns" not in found


def test_the_journal_and_the_activity(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 200_00, (invoice, 120_00))
    journal = text(manager, payment, "journal")
    assert "Payment received" in journal
    for words in ("Money clearing", "Receivable", "Money on account", "€80.00"):
        assert words in journal
    activity = text(manager, payment, "activity")
    assert "Recorded a payment" in activity
    assert f"€120.00 on {invoice}" in activity


def test_the_arrival_of_a_pending_payment_is_told_as_that(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 120_00, (invoice, 120_00), is_pending=True)
    settle_payment(payment=payment, amount=120_00, value_date=TODAY, actor=market.actor(), now=NOW + HOUR)
    activity = text(manager, payment, "activity")
    assert activity.index("Recorded that a payment arrived") < activity.index(
        "Recorded a payment that is still pending"
    )
    assert activity.count("Recorded a payment") == 1
    told = client_of(market.people["manager"]).get(reverse("invoices:activity", args=[invoice.pk])).content.decode()
    assert "Recorded that a payment arrived" in told


def test_customers_see_their_own_without_notes_names_and_books(market: Market) -> None:
    payment = receive(market, 50_00, note="Called twice")
    found = text(client_of(market.people["billing_admin"]), payment)
    assert "€50.00" in found
    for words in ("Called twice", "Manager North", "Journal", "Activity"):
        assert words not in found


@pytest.mark.parametrize("person", ["other_admin", "client_admin"])
def test_another_company_s_is_not_there(market: Market, person: str) -> None:
    payment = receive(market, 50_00)
    answer = client_of(market.people[person]).get(reverse("payments:detail", args=[payment.pk]))
    assert answer.status_code == 404


def test_another_marketplace_s_is_not_there(market: Market, south: Market) -> None:
    payment = receive(south, 50_00)
    for part in ("detail", "journal", "activity"):
        answer = client_of(market.people["manager"]).get(reverse(f"payments:{part}", args=[payment.pk]))
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("person", "part", "status"),
    [("user", "detail", 404), ("developer", "detail", 404), ("billing_admin", "journal", 403)],
)
def test_a_missing_right_is_told(market: Market, person: str, part: str, status: int) -> None:
    payment = receive(market, 50_00)
    answer = client_of(market.people[person]).get(reverse(f"payments:{part}", args=[payment.pk]))
    assert answer.status_code == status


def test_the_number_of_statements_does_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    invoices = [issue_invoice(market) for _ in range(4)]
    payment = receive(market, 500_00, *[(invoice, 100_00) for invoice in invoices])
    with django_assert_max_num_queries(MAX_QUERIES):
        text(manager, payment)
