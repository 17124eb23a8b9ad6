"""The search box: numbers, companies, people, and only what the member may see."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from companies.members import Member
from creditmemos.queries import finding
from invoices.domain.charging import TaxRate
from office.views.search_groups import Groups
from tests.factories.billing import order, plan, sells, subscribe
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.world import Market, charge, issue_invoice, issue_memo, make_market
from tests.support.vendors import mixed_memo
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
    for text in ("north 2026", "120.00", "565,25 north November", "CM-2026-0", "no-such-key-4711"):
        with writes() as written, django_assert_max_num_queries(12):
            client.get(PAGE, {"q": text})
        assert written == []


# --- facts -----------------------------------------------------------------------------------------------------------

NOVEMBER = datetime(2026, 11, 3, 10, tzinfo=UTC)


def rows_of(page: str) -> list[str]:
    """The results in words, a text for each."""
    rows = re.findall(r"<tr>(.*?)</tr>", page.split("<main")[1], re.DOTALL)
    return [" ".join(re.sub(r"<[^>]*>", " ", row).replace("\xa0", " ").split()) for row in rows]


def hits(market: Market, text: str, role: str = "manager") -> list[str]:
    """What a search finds, by the first word or number of each result."""
    return [row.partition(" ")[0] for row in rows_of(found(market, role, text))]


@pytest.fixture
def phoned(market: Market) -> Market:
    """An invoice that somebody calls about, and others that share one fact or two with it."""
    market.acme.name, market.birch.name = "Grünwald Söhne GmbH", "1 Plus Handel"
    market.acme.tax_number, market.birch.city = "DE811907980", "Zürich"
    market.acme.save()
    market.birch.save()
    amount = charge("471.04", taxes=(TaxRate("VAT", Decimal("0.2")),))
    issue_invoice(market, amount, now=NOVEMBER)
    issue_invoice(market, charge("99.00", taxes=(), product_uuid=sells(market).uuid), now=NOVEMBER)
    issue_invoice(market, amount, company=market.birch, now=NOVEMBER)
    return market


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("565,25 Grünwald November", ["INV-2026-00002"]), ("565.25 grünwald", ["INV-2026-00002"]),
        ("€565.25", ["INV-2026-00004", "INV-2026-00002"]), ("565,25 €", ["INV-2026-00004", "INV-2026-00002"]),
        ("99 nov 2026", ["INV-2026-00003"]), ("565.25 2026-11-03 zürich", ["INV-2026-00004"]),
        ("565.25 December", []), ("565.25 Nov 2025", []), ("565.26 Grünwald", []), ("söhne INV-2026-00003", ["INV-2026-00003"]),
        ("99 DE811907980", ["INV-2026-00003"]), ("grünwald söhne 3.11.2026 99.00", ["INV-2026-00003"]),
        ("mail suite november", ["INV-2026-00003"]),
    ],
)  # fmt: skip
def test_several_words_are_facts_of_one_document(phoned: Market, text: str, numbers: list[str]) -> None:
    assert [hit for hit in hits(phoned, text) if hit.startswith("INV")] == numbers


def test_words_that_name_many_are_left_to_the_database(phoned: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "FEW", 0)
    for text in ("565,25 Grünwald November", "söhne 565.25"):
        assert [hit for hit in hits(phoned, text) if hit.startswith("INV")] == ["INV-2026-00002"]
    assert "1" in hits(phoned, "1 plus")


def test_a_result_shows_day_amount_and_status(phoned: Market) -> None:
    assert rows_of(found(phoned, "manager", "565,25 Grünwald")) == [
        "INV-2026-00002 Grünwald Söhne GmbH Nov 3, 2026 €565.25 Unpaid"
    ]


def test_a_counter_hides_no_name(phoned: Market) -> None:
    assert {"CM-2026-00001", "INV-2026-00001", "1"} <= set(hits(phoned, "1"))
    listed = client_of(phoned.people["manager"]).get("/invoices/", {"q": "1"}).content.decode()
    assert "INV-2026-00001" in listed
    assert "INV-2026-00004" in listed  # Of 1 Plus Handel.


def test_what_belongs_to_a_company_finds_it(phoned: Market) -> None:
    for text in ("DE811907980", "de8119", "zürich", "grünwald berlin", "söhne grünwald"):
        assert len([row for row in rows_of(found(phoned, "manager", text)) if "Customer" in row]) == 1, text


def test_orders_and_subscriptions_are_found_by_their_keys(market: Market) -> None:
    order(market, "10.00", date(2026, 5, 1), name="Shop-4711")
    row = subscribe(market, plan(market, product="Ärzte Cloud")).row
    assert "Shop-4711" in hits(market, "Shop-4711")
    assert "Shop-4711" not in hits(market, "shop-471")
    assert "Shop-4711" not in hits(market, "Shop-4711", "company_admin")
    for text in (str(row.uuid), str(row.uuid).upper(), "ärzte acme"):
        assert "Ärzte Cloud Acme north May 1, 2026" in rows_of(found(market, "manager", text)), text
    assert not rows_of(found(make_market("south"), "manager", str(row.uuid)))


def test_developers_find_no_sums_no_people_and_no_other_products(market: Market) -> None:
    memo = mixed_memo(market)
    number = str(memo.number)
    assert number in hits(market, number[:-1], "developer")
    whole = f"{memo.total / 100:.2f}"
    assert number in hits(market, f"{whole} 2026", "manager")
    for text in (whole, f"{whole} 2026", "company admin", "company.admin.north@example.com", "berlin"):
        assert number not in hits(market, text, "developer"), text
    [row] = [row for row in rows_of(found(market, "developer", "May 2026")) if number in row]
    assert "€" not in row


def test_customers_find_facts_of_their_own_alone(phoned: Market) -> None:
    assert hits(phoned, "565.25", "company_admin") == ["INV-2026-00002"]
    assert hits(phoned, "565.25", "other_admin") == ["INV-2026-00004"]
    assert hits(phoned, "565.25", "user") == []
    assert hits(phoned, "zürich", "company_admin") == []
    assert hits(phoned, "plus", "company_admin") == []


def test_suggestions_are_the_first_of_each_kind(phoned: Market) -> None:
    client = client_of(phoned.people["manager"])
    headers = {"HX-Request": "true", "HX-Target": "search_list"}
    part = client.get(PAGE, {"q": "565,25 <b>"}, headers=headers).content.decode()
    assert "Nothing found for “565,25 &lt;b&gt;”" in part
    part = client.get(PAGE, {"q": "565,25"}, headers=headers).content.decode()
    assert part.count('role="option"') == 3
    assert "<html" not in part
    assert 'data-url="/search/?q=565%2C25"' in part
    assert "€565.25" in part
    assert client.get(PAGE, {"q": ""}, headers=headers).content.decode().strip() == ""
    own = client_of(phoned.people["other_admin"]).get(PAGE, {"q": "565,25"}, headers=headers).content.decode()
    assert "INV-2026-00002" not in own


@pytest.mark.parametrize("few", [1, 1000])
def test_people_who_left_take_no_place_of_those_who_stayed(
    market: Market, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Both ways of asking, of few people that are fetched and of many that are not, ask before they cut."""
    monkeypatch.setattr(finding, "FEW", few)
    for number in range(12):
        MembershipFactory.create(company=market.acme, name=f"Robin A{number}", is_active=False)
    MembershipFactory.create(company=market.acme, name="Robin Y", accepted_at=None)
    stayed = [MembershipFactory.create(company=market.acme, name=f"Robin Z{number}") for number in range(3)]
    member = Member(market.people["manager"].membership)
    people = [group for group in Groups("robin", member, most=2).found() if group.label == "People"]
    assert [[hit.url for hit in group.hits] for group in people] == [
        [reverse("companies:person", args=[row.pk]) for row in stayed[:2]]
    ]
    assert people[0].more
    everybody = [group for group in Groups("robin", member, most=3).found() if group.label == "People"]
    assert (len(everybody[0].hits), everybody[0].more) == (3, "")


@pytest.mark.parametrize("text", ["P-000002", "p-2", "2", "565.25", "565,25", "RF 2026-7", "acme"])
def test_payments_are_found_by_number_amount_reference_and_payer(market: Market, text: str) -> None:
    receive(market, 10_00, company=market.birch, person="manager")
    payment = receive(market, 565_25, reference="RF 2026-7")
    groups = Groups(text, market.people["finance"], most=8).found()
    [hits] = [group.hits for group in groups if group.label == "Payments"]
    assert [(hit.text, hit.note, hit.amount) for hit in hits] == [(str(payment), market.acme.name, 565_25)]


def test_payments_are_found_by_those_who_may_see_them(market: Market, south: Market) -> None:
    payment = receive(market, 565_25)
    seen = {
        role: any(group.label == "Payments" for group in Groups(str(payment), member, most=8).found())
        for role, member in [*market.people.items(), ("stranger", south.people["manager"])]
    }
    assert {role for role, sees in seen.items() if sees} == {
        "manager", "second_manager", "finance", "support", "company_admin", "billing_admin",
    }  # fmt: skip
