"""The list of credit memos: what it shows to whom, what it finds, how it sorts, adds up and exports."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from creditmemos import operations
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, issue_memo, make_market
from tests.support.vendors import mixed_memo
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
URL = "/credit-memos/"
MAX_QUERIES, MAX_BYTES = 12, 100_000


def numbers(client: Client, **query: Any) -> list[str]:
    """The numbers on the page, in order; drafts are called Draft."""
    page = client.get(URL, query).content.decode()
    return re.findall(r'<td class="key"><a href="[^"]*" data-row-link>([^<]*)</a>', page)


def cells(client: Client, **query: Any) -> list[list[str]]:
    """The texts of all rows' cells."""
    page = client.get(URL, query).content.decode()
    body = page.split("<tbody>")[1].split("</tbody>")[0]
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in body.split("<tr>")[1:]]
    return [[re.sub(r"<[^>]*>", "", cell).strip() for cell in row] for row in rows]


def test_row_says_everything(market: Market, manager: Client) -> None:
    memo = issue_memo(market, "50.00", billed_user=market.user("user"))
    apply(market, memo, issue_invoice(market), 20_00)
    assert cells(manager) == [
        [
            "", "CM-2026-00001", "May 18, 2026", "Acme north", "User North", "Ad hoc", "Goodwill", "€50.00", "€20.00",
            "–", "–", "€30.00", "Partially applied On hold",
        ]
    ]  # fmt: skip


def test_footer_adds_the_filtered_set_up(market: Market, manager: Client) -> None:
    issue_memo(market, "50.00")
    issue_memo(market, "25.50", company=market.birch)
    foot = manager.get(URL).content.decode().split("<tfoot")[1].split("</tfoot>")[0]
    assert foot.count("€75.50") == 2
    foot = manager.get(URL, {"company": market.birch.pk}).content.decode().split("<tfoot")[1].split("</tfoot>")[0]
    assert foot.count("€25.50") == 2


def test_voided_memos_are_hidden_unless_asked_for(market: Market, manager: Client) -> None:
    memo = issue_memo(market)
    operations.void(memo=memo, reason="Mistake.", actor=market.actor(), now=NOW)
    assert numbers(manager) == []
    assert numbers(manager, include_voided="on") == ["CM-2026-00001"]
    assert numbers(manager, status="voided") == ["CM-2026-00001"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("CM-2026-00002", ["CM-2026-00002"]),
        ("cm-2026-00002", ["CM-2026-00002"]),
        ("CM-2026-0000", ["CM-2026-00003", "CM-2026-00002", "CM-2026-00001"]),
        ("3", ["CM-2026-00003"]),
        ("birch", ["CM-2026-00002"]),
        ("User North", ["CM-2026-00003"]),
        ("user.north@example.com", ["CM-2026-00003"]),
        ("nobody at all", []),
        ("99", []),
        ("%", []),
    ],
)
def test_search_finds(market: Market, manager: Client, text: str, found: list[str]) -> None:
    issue_memo(market)
    issue_memo(market, company=market.birch)
    issue_memo(market, billed_user=market.user("user"))
    assert numbers(manager, q=text) == found


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"status": "unapplied"}, ["CM-2026-00003", "CM-2026-00001"]),
        ({"status": ["unapplied", "partially_applied"]}, ["CM-2026-00003", "CM-2026-00002", "CM-2026-00001"]),
        ({"source": "from_invoice"}, ["CM-2026-00003"]),
        ({"date_from": "2026-05-20"}, ["CM-2026-00003"]),
        ({"date_to": "2026-05-18"}, ["CM-2026-00002", "CM-2026-00001"]),
        ({"amount_from": "30", "amount_to": "60.00"}, ["CM-2026-00002"]),
        ({"has_balance": "on"}, ["CM-2026-00003", "CM-2026-00002", "CM-2026-00001"]),
        ({"amount_from": "€30,00", "amount_to": "60"}, ["CM-2026-00002"]),
    ],
)
def test_filters_narrow(market: Market, manager: Client, query: dict[str, object], found: list[str]) -> None:
    issue_memo(market, "20.00")
    partly = issue_memo(market, "40.00")
    invoice = issue_invoice(market)
    apply(market, partly, invoice, 10_00)
    credit_invoice(market, invoice, 80_00, now=NOW + timedelta(days=3))
    assert numbers(manager, **query) == found


def test_filters_by_company_person_reason_and_merchant(market: Market, manager: Client) -> None:
    issue_memo(market)
    issue_memo(market, company=market.birch, billed_user=market.user("other_admin"))
    assert numbers(manager, company=market.birch.pk) == ["CM-2026-00002"]
    assert numbers(manager, company_text="Birch") == ["CM-2026-00002"]
    assert numbers(manager, user=market.user("other_admin").pk) == ["CM-2026-00002"]
    assert numbers(manager, reason=market.reason().pk) == ["CM-2026-00002", "CM-2026-00001"]
    assert numbers(manager, reason=market.reason("other").pk) == []
    assert numbers(manager, merchant=market.merchant.pk) == ["CM-2026-00002", "CM-2026-00001"]


def test_active_filters_are_chips_that_lift_them(market: Market, manager: Client) -> None:
    issue_memo(market)
    page = manager.get(URL, {"status": "unapplied", "amount_from": "10"}).content.decode()
    chips = re.findall(r'<li class="chip">\s*<span>(.*?)</span>\s*<a href="([^"]*)"', page)
    assert [(re.sub(r"<[^>]*>", "", text), url) for text, url in chips] == [
        ("Status: Unapplied", "?amount_from=10"),
        ("Total from: €10.00", "?status=unapplied"),
    ]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("number", [1, 2, 3]), ("-number", [3, 2, 1]), ("date", [1, 2, 3]), ("-date", [3, 2, 1]),
        ("company", [1, 3, 2]), ("-company", [2, 3, 1]), ("total", [3, 1, 2]), ("-total", [2, 1, 3]),
        ("balance", [2, 3, 1]), ("-balance", [1, 3, 2]),
    ],
)  # fmt: skip
def test_sorts(market: Market, manager: Client, sort: str, order: list[int]) -> None:
    issue_memo(market, "50.00")
    second = issue_memo(market, "90.00", company=market.birch, now=NOW + timedelta(days=1))
    issue_memo(market, "30.00", now=NOW + timedelta(days=2))
    apply(market, second, issue_invoice(market, company=market.birch, now=NOW + timedelta(days=2)), 80_00,
          now=NOW + timedelta(days=2))  # fmt: skip
    assert numbers(manager, sort=sort) == [f"CM-2026-0000{n}" for n in order]


@pytest.mark.parametrize(
    "query",
    ["?sort=id;drop", "?sort=payer__user__password", "?page=-1", "?page=1e9", "?per_page=1000000", "?after=%00",
     "?q=%00", "?status__regex=(a%2B)%2B$", "?_connector=OR 1=1--", "?company=999999999999999999999", "?reason=x"],
)  # fmt: skip
def test_hostile_queries_break_nothing(market: Market, manager: Client, query: str) -> None:
    issue_memo(market)
    assert manager.get(URL + query).status_code == 200


def test_customers_see_their_own_without_reasons_or_drafts(market: Market) -> None:
    issue_memo(market)
    issue_memo(market, company=market.birch)
    market.marketplace.settings.approval_threshold = 1
    market.marketplace.settings.save()
    issue_memo(market, "70.00")
    client = client_of(market.people["company_admin"])
    assert numbers(client) == ["CM-2026-00001"]
    page = client.get(URL).content.decode()
    assert "Goodwill" not in page
    assert "Awaiting approval" not in page
    assert numbers(client, reason=market.reason("other").pk) == ["CM-2026-00001"]


def test_users_see_what_was_made_out_to_them(market: Market) -> None:
    issue_memo(market)
    issue_memo(market, billed_user=market.user("user"))
    assert numbers(client_of(market.people["user"])) == ["CM-2026-00002"]


def test_a_memo_that_the_reseller_pays_is_hidden_from_its_customer(market: Market) -> None:
    issue_memo(market, company=market.client)
    assert numbers(client_of(market.people["reseller"])) == ["CM-2026-00001"]
    assert numbers(client_of(market.people["client_admin"])) == []
    assert numbers(client_of(market.people["client_admin"]), q="CM-2026-00001") == []


def test_strangers_see_nothing_of_it(market: Market) -> None:
    issue_memo(market)
    south = make_market("south")
    assert numbers(client_of(south.people["manager"])) == []
    assert numbers(client_of(south.people["manager"]), company=market.acme.pk, q="CM-2026-00001") == []
    assert Client().get(URL).status_code == 302


def test_developers_see_only_the_sum_of_their_own_lines(market: Market) -> None:
    mixed_memo(market)
    issue_memo(market)
    client = client_of(market.people["developer"])
    assert cells(client) == [
        ["", "CM-2026-00001", "May 18, 2026", "Acme north", "–", "Invoice", "€24.00", "Unapplied On hold"]
    ]
    page = client.get(URL).content.decode()
    assert "€144.00" not in page
    assert "Goodwill" not in page
    assert page.split("<tfoot")[1].count("€24.00") == 1


def test_developers_learn_no_total_by_filtering_or_sorting(market: Market) -> None:
    mixed_memo(market)
    client = client_of(market.people["developer"])
    assert numbers(client, amount_from="1000") == ["CM-2026-00001"]
    assert numbers(client, amount_to="1") == ["CM-2026-00001"]
    assert 'name="amount_from"' not in client.get(URL).content.decode()
    assert "aria-sort" not in client.get(URL, {"sort": "total"}).content.decode().split("Own products")[1]


def test_csv_holds_what_is_filtered(market: Market, manager: Client) -> None:
    market.acme.name = "=HYPERLINK(1)"
    market.acme.save()
    issue_memo(market, "50.00")
    issue_memo(market, company=market.birch)
    answer = manager.get(URL, {"export": "csv", "company": str(market.acme.pk)})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert list(csv.reader(io.StringIO(text))) == [
        ["Number", "Date", "Company", "Billed user", "Source", "Reason", "Total", "Applied", "Paid out",
         "Written off", "Balance", "Status", "Currency", "On hold", "Adjustment"],
        [
            "CM-2026-00001", "2026-05-18", "'=HYPERLINK(1)", "", "Ad hoc", "Goodwill", "50.00", "0.00", "0.00", "0.00",
            "50.00", "Unapplied", "EUR", "Yes", "",
        ],
    ]  # fmt: skip


def test_csv_of_a_developer_has_own_sums_only(market: Market) -> None:
    mixed_memo(market)
    answer = client_of(market.people["developer"]).get(URL, {"export": "csv"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    head, row = list(csv.reader(io.StringIO(text)))
    assert head == [
        "Number",
        "Date",
        "Company",
        "Billed user",
        "Source",
        "Own products",
        "Status",
        "Currency",
        "On hold",
    ]
    assert row[5] == "24.00"


def test_xlsx_holds_numbers_and_dates(market: Market, manager: Client) -> None:
    issue_memo(market, "50.00")
    answer = manager.get(URL, {"export": "xlsx"})
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    submitted = load_workbook(io.BytesIO(data)).active
    assert submitted is not None
    rows = list(submitted.iter_rows(values_only=True))
    assert rows[1][0] == "CM-2026-00001"
    assert rows[1][6] == 50


def test_plain_users_export_nothing(market: Market) -> None:
    issue_memo(market, billed_user=market.user("user"))
    client = client_of(market.people["user"])
    assert client.get(URL, {"export": "csv"}).status_code == 403
    assert "export=csv" not in client.get(URL).content.decode()


@pytest.mark.parametrize(
    ("person", "creates", "bulk"),
    [
        ("manager", True, ["Hold credit", "Release hold", "Void"]), ("finance", True, ["Hold credit", "Release hold", "Void"]),
        ("support", False, ["Void"]), ("developer", False, ["Void"]), ("reseller", False, []),
        ("company_admin", False, []), ("user", False, []),
    ],
)  # fmt: skip
def test_buttons_are_those_that_the_role_allows(market: Market, person: str, creates: bool, bulk: list[str]) -> None:
    mixed_memo(market)
    issue_memo(market, billed_user=market.user("user"))
    issue_memo(market, company=market.client)
    page = client_of(market.people[person]).get(URL).content.decode()
    assert (reverse("creditmemos:create") in page) is creates
    bar = page.split('id="bulk"')[1].split("</form>")[0] if 'id="bulk"' in page else ""
    assert re.findall(r"</svg>([A-Z][a-z ]+?)\s*</button>", bar) == bulk


def test_empty_list_says_what_to_do(market: Market, manager: Client) -> None:
    assert "No credit memos yet" in manager.get(URL).content.decode()
    assert "No credit memos match" in manager.get(URL, {"status": "closed"}).content.decode()


@pytest.mark.parametrize("person", ["manager", "developer", "company_admin", "reseller"])
def test_stays_small_and_quick(
    market: Market, person: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        mixed_memo(market)
    for _ in range(60):
        issue_memo(market)
    client = client_of(market.people[person])
    client.get("/")
    with django_assert_max_num_queries(MAX_QUERIES):
        page = client.get(URL, {"per_page": "100", "q": "acme", "status": ["unapplied", "closed"]})
    assert page.status_code == 200
    assert len(page.content) < MAX_BYTES


def test_look_ups_offer_only_what_the_member_may_choose(market: Market, manager: Client) -> None:
    people = reverse("creditmemos:people_lookup")
    assert "Other Admin North" in manager.get(people, {"q": "other"}).content.decode()
    admin = client_of(market.people["company_admin"])
    assert "Other Admin North" not in admin.get(people, {"q": "other"}).content.decode()
    assert client_of(market.people["user"]).get(people, {"q": "other"}).status_code == 403
    companies = reverse("creditmemos:creditable_companies")
    assert "Birch north" in manager.get(companies, {"q": "bi"}).content.decode()
    assert "Operator north" not in manager.get(companies, {"q": "oper"}).content.decode()
    assert admin.get(companies, {"q": "bi"}).status_code == 403
