"""The search box: numbers, companies, people, and only what the member may see."""

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.factories.world import Market, issue_invoice, issue_memo, make_market
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
PAGE = "/search/"


@pytest.fixture
def market() -> Market:
    market = make_market()
    issue_invoice(market)
    issue_memo(market)
    issue_memo(market, company=market.birch)
    issue_memo(market, company=market.client)
    return market


def found(market: Market, role: str, text: str) -> str:
    return client_of(market.people[role]).get(PAGE, {"q": text}).content.decode()


@pytest.mark.parametrize("text", ["CM-2026-00001", "cm-2026-00001", " CM-2026-00001 "])
def test_a_whole_number_goes_straight_to_its_document(market: Market, text: str) -> None:
    memo = market.account().creditmemos.get(number="CM-2026-00001")
    answer = client_of(market.people["support"]).get(PAGE, {"q": text})
    assert (answer.status_code, answer["Location"]) == (302, reverse("creditmemos:detail", args=[memo.pk]))


def test_the_beginning_of_a_number_finds_all_of_them(market: Market) -> None:
    page = found(market, "manager", "CM-2026-0")
    assert page.count("CM-2026-0000") == 3
    assert "INV-2026" not in page


def test_a_counter_alone_finds_invoices_and_memos(market: Market) -> None:
    page = found(market, "manager", "00001")
    assert "CM-2026-00001" in page
    assert "INV-2026-00001" in page


def test_names_find_companies_and_people(market: Market) -> None:
    page = found(market, "manager", "acme")
    assert "Acme north" in page
    page = found(market, "manager", "billing adm")
    assert "Billing Admin North" in page


@pytest.mark.parametrize("text", ["", "a", "\0\0\0", "%", "%%", "nothing at all", "9" * 80])
def test_texts_that_find_nothing(market: Market, text: str) -> None:
    page = found(market, "manager", text)
    assert "ledger" not in page


def test_customers_find_their_own_only(market: Market) -> None:
    page = found(market, "company_admin", "2026")
    assert "north" not in found(market, "company_admin", "birch").split("<main")[1].split("member")[0]
    assert "CM-2026-00002" not in page
    assert client_of(market.people["company_admin"]).get(PAGE, {"q": "CM-2026-00002"}).status_code == 200


def test_a_resellers_memo_is_hidden_from_its_customer(market: Market) -> None:
    page = found(market, "client_admin", "CM-2026-00003")
    assert "Nothing found" in page


def test_people_are_found_by_who_may_see_people(market: Market) -> None:
    assert "Billing Admin North" not in found(market, "support", "billing adm")


def test_other_marketplaces_are_not_searched(market: Market) -> None:
    south = make_market("south")
    for text in ("CM-2026-00001", "north", "acme north"):
        page = found(south, "manager", text)
        assert "CM-2026" not in page.split("<main")[1].replace("CM-2026-00001</h1>", "")
        assert "Acme north" not in page


def test_searching_writes_nothing_and_asks_little(
    market: Market, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(market.people["manager"])
    client.get("/")
    with writes() as written, django_assert_max_num_queries(12):
        client.get(PAGE, {"q": "north 2026"})
    assert written == []
