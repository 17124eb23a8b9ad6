"""The list of payments: who sees which rows, search, filters, order, totals, files."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.models import MarketplaceSettings
from payments.models import Payment
from payments.operations import fail_payment, keep_surplus, return_payment
from tests.factories.payments import receive
from tests.factories.refunds import given_back
from tests.factories.world import NOW, TODAY, Market, issue_invoice, key
from tests.support.reading import Page
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
MAX_QUERIES = 12


@pytest.fixture
def manager(market: Market) -> Client:
    return client_of(market.people["manager"])


def page(client: Client, **asked: Any) -> str:
    answer = client.get(reverse("payments:list"), asked)
    assert answer.status_code == 200
    return answer.content.decode()


def numbers(client: Client, **asked: Any) -> list[str]:
    """The numbers in the table, top down."""
    body = page(client, **asked).partition("<tbody")[2].partition("</tbody>")[0]
    return [cell.partition("<")[0] for cell in body.split("data-row-link>")[1:]]


def numbered(*payments: Payment) -> list[str]:
    return [payment.name for payment in payments]


def test_every_figure_of_a_row_and_the_totals_add_up(market: Market, manager: Client) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 200_00, (invoice, 120_00), reference="RF 77")
    receive(market, 30_00, company=market.birch)
    receive(market, 999_00, is_pending=True)

    found = page(manager)

    row = found.partition(str(payment))[2].partition("</tr>")[0]
    for words in ("May 18, 2026", "Acme north", "Bank transfer", "RF 77", "€200.00", "€120.00", "€80.00", "Successful"):
        assert words in row
    total, _line, aside = found.partition("<tfoot")[2].partition("Pending or failed (not in total)")
    assert [amount in total for amount in ("€230.00", "€120.00", "€110.00", "€999.00")] == [True, True, True, False]
    assert "€999.00" in aside


def test_allocated_on_account_and_what_was_returned_or_kept_are_the_amount(market: Market, manager: Client) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=5_00)
    by: dict[str, Any] = {"actor": market.actor(), "now": NOW}
    payment = receive(market, 200_00, (issue_invoice(market), 120_00))
    return_payment(payment=payment, amount=50_00, reason="bounced", value_date=TODAY, key=key(), **by)
    keep_surplus(payment=payment, amount=2_00, reason="Rounding", key=key(), **by)
    receive(market, 70_00)
    receive(market, 999_00, is_pending=True)

    table = Page(page(manager)).list()

    parts = ("Allocated", "On account", "Returned or kept")
    rows = [(row.amount("Amount"), *(row.amount(name) for name in parts)) for row in table.rows]
    assert sorted(rows) == [(70_00, 0, 70_00, 0), (200_00, 120_00, 28_00, 52_00), (999_00, 0, 0, 0)]
    total = table.foot[0]
    assert [total.amount(name) for name in ("Amount", *parts)] == [270_00, 120_00, 98_00, 52_00]


def test_what_failed_shows_what_was_asked_and_is_in_no_total(market: Market, manager: Client) -> None:
    payment = receive(market, 41_00, is_pending=True)
    fail_payment(payment=payment, why="Bounced", actor=market.actor(), now=NOW)
    found = page(manager)
    assert "€41.00" in found.partition(str(payment))[2].partition("</tr>")[0]
    assert "€41.00" not in found.partition("<tfoot")[2].partition("Pending or failed (not in total)")[0]


@pytest.mark.parametrize("asked", ["P-000002", "p-2", "2", "RF 77", "rf 77 xx", "205.50", "Birch"])
def test_the_search_knows_number_reference_amount_and_payer(market: Market, manager: Client, asked: str) -> None:
    receive(market, 10_00, reference="Other")
    payment = receive(market, 205_50, company=market.birch, reference="RF 77 XX")
    assert numbers(manager, q=asked) == numbered(payment)


def test_a_stranger_s_number_finds_nothing(market: Market, south: Market, manager: Client) -> None:
    payment = receive(south, 10_00)
    assert numbers(manager, q=str(payment)) == []


def test_each_filter_narrows(market: Market, manager: Client) -> None:
    plain = receive(market, 10_00, (issue_invoice(market), 10_00))
    cheque = receive(market, 50_00, means="cheque", is_pending=True, company=market.birch)
    old = receive(market, 20_00, value_date=TODAY - timedelta(days=9))
    for asked, kept in (
        ({"status": "pending"}, [cheque]),
        ({"means": "cheque"}, [cheque]),
        ({"company": market.birch.pk}, [cheque]),
        ({"has_on_account": "on"}, [old]),
        ({"date_to": "2026-05-10"}, [old]),
        ({"date_from": "2026-05-10", "amount_to": "10"}, [plain]),
        ({"amount_from": "20.01"}, [cheque]),
    ):
        assert numbers(manager, **asked) == numbered(*kept), asked


def test_what_was_paid_back_twice_is_found(market: Market, manager: Client) -> None:
    twice, once, paid = (receive(market, 10_00, keep_on_account=True) for _each in range(3))
    given_back(market, twice, 10_00)
    for payment in (twice, once):
        return_payment(
            payment=payment, amount=10_00, reason="dispute", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
        )
    assert sorted(numbers(manager)) == numbered(twice, once, paid)
    assert numbers(manager, paid_back_twice="on") == numbered(twice)
    found = page(manager, paid_back_twice="on")
    assert found.partition("<tfoot")[2].count("€10.00") == 2  # Amount, and what is neither on invoices nor on account.
    shown = manager.get(f"/payments/{twice.pk}/").content.decode().partition("Paid back twice:")[2]
    assert "10.00" in shown.partition("</h2>")[0]
    assert "Paid back twice:" not in manager.get(f"/payments/{once.pk}/").content.decode()
    customer = client_of(market.people["company_admin"]).get(f"/payments/{twice.pk}/").content.decode()
    assert "Paid back twice:" not in customer


def test_newest_value_date_first_and_by_amount(market: Market, manager: Client) -> None:
    old = receive(market, 20_00, value_date=TODAY - timedelta(days=9))
    new = receive(market, 10_00)
    assert numbers(manager) == numbered(new, old)
    asked = receive(market, 15_00, is_pending=True)
    assert numbers(manager, sort="-amount") == numbered(old, asked, new)
    assert numbers(manager, sort="amount") == numbered(new, asked, old)


def test_customers_see_their_own_company_s_and_strangers_none(market: Market, south: Market) -> None:
    own, reseller_s = receive(market, 10_00), receive(market, 20_00, company=market.client)
    receive(market, 30_00, company=market.birch)
    receive(south, 40_00)
    assert numbers(client_of(market.people["billing_admin"])) == numbered(own)
    assert numbers(client_of(market.people["reseller"])) == numbered(reseller_s)
    assert numbers(client_of(market.people["client_admin"])) == []


@pytest.mark.parametrize("person", ["developer", "user"])
def test_others_may_not_look(market: Market, person: str) -> None:
    assert client_of(market.people[person]).get(reverse("payments:list")).status_code == 403


def test_empty_states(market: Market, manager: Client) -> None:
    assert "No payments yet" in page(manager)
    receive(market, 10_00)
    assert "No payments match" in page(manager, status="failed")


def test_a_file_has_every_column_that_adds_up(market: Market, manager: Client) -> None:
    receive(market, 200_00, (issue_invoice(market), 120_00), reference="RF 77")
    answer = manager.get(reverse("payments:list"), {"export": "csv"})
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert "Returned or kept" not in text
    for words in ("Allocated", "Given back", "Kept", "Off-platform", "RF 77", "200.00", "120.00", "80.00"):
        assert words in text


def test_the_number_of_statements_does_not_grow(
    market: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        receive(market, 10_00, (issue_invoice(market), 5_00))
    with django_assert_max_num_queries(MAX_QUERIES):
        page(manager)
