"""The list page, on the list of companies: filters, order, paging, totals, exports, and whatever addresses hold."""

import csv
import io
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import openpyxl
import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from companies.models import Company
from core.models import SavedFilter
from tests.factories.companies import CompanyFactory
from tests.factories.world import Market, make_market
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
URL = "/companies/"
MANY = 60


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def many(market: Market) -> Market:
    rows = [Company(marketplace=market.marketplace, name=f"Firm {n:03d}", kind="customer") for n in range(MANY)]
    Company.objects.bulk_create(rows)
    return market


def page(client: Client, url: str = URL, status: int = 200, **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == status, (url, response.status_code)
    return response.content.decode()


def names(html: str) -> list[str]:
    return re.findall(r"data-row-link>([^<]+)</a>", html)


def href(html: str, rel: str) -> str:
    found = re.search(rf'<a href="([^"]+)" rel="{rel}"', html)
    assert found, f"no {rel} link"
    return URL + found[1].replace("&amp;", "&")


def test_shows_what_the_member_may_see(market: Market, manager: Client) -> None:
    make_market("south")
    html = page(manager)
    assert "Acme north" in names(html)
    assert "south" not in html
    assert "6 companies" in html


def test_strangers_see_their_own(market: Market) -> None:
    assert names(page(client_of(market.people["reseller"]))) == ["Client north", "Reseller north"]
    assert names(page(client_of(market.people["company_admin"]))) == ["Acme north"]


def test_anonymous_signs_in_first(market: Market) -> None:
    response = Client().get(URL)
    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/companies/"


def test_roles_without_the_right_are_refused(market: Market) -> None:
    assert client_of(market.people["user"]).get(URL).status_code == 403


@pytest.mark.parametrize("method", ["put", "delete", "patch", "options", "trace", "post"])
def test_other_methods_are_refused(manager: Client, method: str) -> None:
    assert getattr(manager, method)(URL).status_code == 405


def test_few_queries(many: Market, manager: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    page(manager)  # Notes the use of the session, once a minute.
    manager.cookies["js"] = "1"
    with django_assert_max_num_queries(8):
        page(manager)
    with django_assert_max_num_queries(9):
        page(manager, f"{URL}?q=firm&kind=customer&page=2&reseller={many.reseller.pk}")
    manager.cookies["js"] = ""
    with django_assert_max_num_queries(9):
        page(manager, f"{URL}?q=firm")


def test_an_empty_cell_hides_with_its_column(market: Market, manager: Client) -> None:
    """A dash carries the classes of its header, so that narrow tables stay aligned."""
    html = page(manager)
    heads = re.findall(r"<th [^>]*>", html.split("<thead")[1].split("</thead>")[0])
    cells = re.findall(r"<td[^>]*>", html.split("<tbody>")[1].split("</tr>")[0])
    assert ["wide" in head for head in heads] == ["wide" in cell for cell in cells]
    assert 'class="wide nil"' in html


def test_page_is_small(many: Market, manager: Client) -> None:
    assert len(page(manager, f"{URL}?per_page=100")) < 100_000


# --- filters ---


def test_filters_show_as_chips_that_lift_them(manager: Client) -> None:
    html = page(manager, f"{URL}?kind=customer&kind=vendor&q=north&sort=-name&page=1")
    assert names(html) == ["Vendor north", "Client north", "Birch north", "Acme north"]
    assert 'href="?kind=vendor&amp;q=north&amp;sort=-name"' in html
    assert 'href="?kind=customer&amp;kind=vendor&amp;sort=-name"' in html
    assert 'aria-label="Remove Search north"' in html


def test_company_filter_by_id_and_by_name(market: Market, manager: Client) -> None:
    assert names(page(manager, f"{URL}?reseller={market.reseller.pk}")) == ["Client north"]
    html = page(manager, f"{URL}?reseller_text=reseller")
    assert names(html) == ["Client north"]
    assert "Reseller: <strong>Reseller north</strong>" in html


def test_a_foreign_company_finds_nothing_and_tells_nothing(market: Market, manager: Client) -> None:
    foreign = make_market("south").reseller
    html = page(manager, f"{URL}?reseller={foreign.pk}")
    assert names(html) == []
    assert "No entry matches." in html
    assert "Reseller south" not in html


def test_nothing_matches(manager: Client) -> None:
    html = page(manager, f"{URL}?q=zzz")
    assert "No companies match" in html
    assert 'href="?">Clear filters' in html


def test_search_text_is_escaped(manager: Client) -> None:
    html = page(manager, f"{URL}?{urlencode({'q': '<svg/onload=alert(1)>'})}")
    assert "<svg/onload" not in html
    assert "&lt;svg/onload=alert(1)&gt;" in html


def test_names_are_escaped(market: Market, manager: Client) -> None:
    CompanyFactory.create(marketplace=market.marketplace, name='"><img src=x onerror=alert(1)>')
    html = page(manager)
    assert "<img src=x" not in html
    assert "&quot;&gt;&lt;img src=x" in html


# --- order and place ---


def test_sorting_by_header(manager: Client) -> None:
    up, down = page(manager, f"{URL}?sort=name"), page(manager, f"{URL}?sort=-name")
    assert names(up) == names(down)[::-1]
    assert 'aria-sort="ascending"><a href="?sort=-name"' in up
    assert 'aria-sort="descending"><a href="?sort=name"' in down


def walk(client: Client, url: str, rel: str) -> list[list[str]]:
    pages = []
    while True:
        html = page(client, url)
        pages.append(names(html))
        if f'rel="{rel}"' not in html:
            return pages
        url = href(html, rel)
        if rel == "next" or "page=1" not in url:
            assert "page=" in url or rel == "prev"


@pytest.mark.parametrize("sort", ["name", "-name"])
def test_walking_by_keyset_meets_every_row_once(many: Market, manager: Client, sort: str) -> None:
    everything = sorted(Company.objects.values_list("name", flat=True), reverse=sort == "-name")
    forth = walk(manager, f"{URL}?sort={sort}", "next")
    assert [name for one in forth for name in one] == everything
    assert [len(one) for one in forth] == [25, 25, 16]
    back = walk(manager, f"{URL}?sort={sort}&page=3", "prev")
    assert [name for one in back[::-1] for name in one] == everything


def test_page_numbers_agree_with_keyset(many: Market, manager: Client) -> None:
    second = page(manager, f"{URL}?page=2")
    assert names(page(manager, href(page(manager), "next"))) == names(second)
    assert '<a href="?page=3" aria-label="Page 3">3</a>' in second


def test_equal_names_are_told_apart_by_id(market: Market, manager: Client) -> None:
    twins = [Company(marketplace=market.marketplace, name="Twin", kind="customer") for _ in range(40)]
    Company.objects.bulk_create(twins)
    first = page(manager, f"{URL}?q=twin")
    second = page(manager, href(first, "next"))
    ids = re.findall(r'/companies/(\d+)/" data-row-link', first + second)
    assert len(set(ids)) == 40


def test_a_page_past_the_end_says_so(manager: Client) -> None:
    html = page(manager, f"{URL}?page=900")
    assert "Nothing on this page" in html
    assert "Go to the first page" in html


BAD = [
    "page=-1", "page=1e9", "page=abc", "page=0", "page=99999999999999999999", "page=%00", "page=\u0661", "page=1&page=2",
    "sort=evil", "sort=id;drop", "sort=payer__user__password", "sort=--name", "sort=%00", "sort=" + "-name," * 100,
    "order_by=-number,number", "_connector=OR 1=1--", "status__regex=(a%2B)%2B$", "name__icontains=a", "pk__in=1",
    "q=%00", "q=%ff", "q=" + "a" * 5000, "q=%F0%9F%92%A9", "q=%25_%5C", "q=' OR 1=1--", "q[]=1",
    "per_page=1000000", "per_page=-1", "per_page=0", "per_page=x", "per_page=%00",
    "kind=evil", "kind=%00", "kind=customer&kind=evil", "inactive=banana", "email=%00",
    "reseller=0", "reseller=-1", "reseller=99999999999999999999999", "reseller=x", "reseller=%00", "reseller_pick=x",
    "after=x", "after=%00", "after=" + "A" * 5000, "after=W10", "after=bnVsbA", "after=WzEsMl0", "after=W251bGwsMV0",
    "after=WyJhIiwxZTQwMF0", "after=WyJhXHUwMDAwIiwxXQ", "after=WyJhIiw5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTld", "before=x",
    "after=WyJhIix7fV0", "after=W1tdLDFd", "before=WzEsMl0", "after=é", "part=evil", "part=totals&q=%00", "export=evil",
    "export=", "=", "&&&", "a" * 4000, "sort=name&sort=-name", "after=bnVsbA&before=bnVsbA&page=7&per_page=50",
]  # fmt: skip


@pytest.mark.parametrize("query", BAD)
def test_no_address_breaks_it(many: Market, manager: Client, query: str) -> None:
    html = page(manager, f"{URL}?{query}")
    assert len(names(html)) <= 100
    assert page(manager, f"{URL}?{query}&part=totals")
    response = manager.get(f"{URL}?{query}&export=csv")
    if response.status_code == 302:  # What can't be read gives no file, and the page says why.
        assert response["Location"].startswith(f"{URL}?")
        assert "No file:" in page(manager, response["Location"])
        return
    assert response.status_code == 200
    assert b"".join(response.streaming_content)  # type: ignore[attr-defined]


# --- count and totals ---


def test_small_sets_are_counted_at_once(manager: Client) -> None:
    manager.cookies["js"] = "1"
    html = page(manager)
    assert "6 companies" in html
    assert "part=totals" not in html


def test_large_sets_are_counted_after_the_page(many: Market, manager: Client) -> None:
    manager.cookies["js"] = "1"
    html = page(manager, f"{URL}?sort=name")
    assert 'hx-get="?sort=name&amp;part=totals"' in html
    assert "66 companies" not in html
    part = page(manager, f"{URL}?sort=name&part=totals")
    assert "66 companies" in part
    assert "<html" not in part
    assert 'href="?sort=name&amp;page=3"' in part
    assert "66 companies" in page(manager, f"{URL}?sort=name"), "the figure is kept for a minute"


def test_counts_are_kept_per_filter_and_member(many: Market, manager: Client) -> None:
    assert "66 companies" in page(manager, f"{URL}?part=totals")
    assert "1 company" in page(client_of(many.people["company_admin"]), f"{URL}?part=totals")
    assert "60 companies" in page(manager, f"{URL}?part=totals&q=firm")


def test_without_javascript_large_sets_are_counted_in_the_page(
    many: Market, manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "66 companies" in page(manager)
    monkeypatch.setattr("web.lists.totals.CAP", 30)
    assert "30+ companies" in page(manager)


def test_htmx_gets_the_results_alone_with_a_tidy_address(manager: Client) -> None:
    url = f"{URL}?q=acme&kind=&sort=name&per_page=25&email="
    response = manager.get(url, headers={"HX-Request": "true", "HX-Target": "results"})
    html = response.content.decode()
    assert "<html" not in html
    assert names(html) == ["Acme north"]
    assert response["HX-Push-Url"] == "/companies/?q=acme"
    assert "HX-Request" in response["Vary"]


def test_going_back_gets_the_whole_page(manager: Client) -> None:
    headers: dict[str, Any] = {"HX-Request": "true", "HX-Target": "results", "HX-History-Restore-Request": "true"}
    assert "<html" in page(manager, **headers)


# --- files ---


def test_csv_holds_what_is_filtered_in_its_order(many: Market, manager: Client) -> None:
    response: Any = manager.get(f"{URL}?q=firm&sort=-name&page=2&export=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode("utf-8-sig"))))
    assert [row["Name"] for row in rows] == [f"Firm {n:03d}" for n in reversed(range(MANY))]
    assert rows[0]["Kind"] == "Customer"
    assert response["Content-Disposition"] == 'attachment; filename="companies.csv"'


def test_xlsx_disarms_names(market: Market, manager: Client) -> None:
    CompanyFactory.create(marketplace=market.marketplace, name="=1+1")
    response: Any = manager.get(f"{URL}?export=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert sheet is not None
    assert sheet["A1"].value == "Name"
    assert "'=1+1" in [row[0].value for row in sheet.iter_rows(min_row=2)]
    assert sheet.freeze_panes == "A2"


def test_too_many_rows_for_a_workbook(many: Market, manager: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.lists.page.MOST_XLSX_ROWS", 50)
    response = manager.get(f"{URL}?export=xlsx&q=firm", follow=True)
    assert response.redirect_chain == [("/companies/?q=firm", 302)]
    assert "A spreadsheet can have at most 50 rows here" in response.content.decode()


def test_exports_need_their_right(market: Market) -> None:
    member = market.people["company_admin"]
    assert member.may("companies.view")
    assert client_of(member).get(f"{URL}?export=csv").status_code == 200


# --- saved filters ---


def save(client: Client, **data: str) -> Any:
    return client.post("/saved-filters/save/", {"page": "companies:list", "name": "Mine", **data}, follow=True)


def test_saved_filters_open_and_are_deleted(market: Market, manager: Client) -> None:
    response = save(manager, querystring="q=acme&page=7&kind=")
    assert response.redirect_chain == [("/companies/?q=acme", 302)]
    html = page(manager)
    assert 'href="?q=acme">' in html
    saved = SavedFilter.objects.get()
    assert client_of(market.people["finance"]).post(f"/saved-filters/{saved.pk}/delete/").status_code == 404
    assert "Mine" in page(manager, "/saved-filters/")
    manager.post(f"/saved-filters/{saved.pk}/delete/")
    assert not SavedFilter.objects.exists()


def test_the_same_name_replaces(manager: Client) -> None:
    save(manager, querystring="q=acme")
    save(manager, querystring="q=birch")
    assert SavedFilter.objects.get().querystring == "q=birch"


@pytest.mark.parametrize(
    "data", [{"name": ""}, {"name": "a\0b"}, {"querystring": ""}, {"querystring": "q=%00"}, {"querystring": "page=3"}]
)
def test_what_can_not_be_saved(manager: Client, data: dict[str, str]) -> None:
    assert save(manager, **{"querystring": "q=acme", **data}).status_code == 200
    assert not SavedFilter.objects.exists()


@pytest.mark.parametrize("name", ["core:home", "companies:sign_out", "evil", "//evil", "\0"])
def test_only_lists_have_saved_filters(manager: Client, name: str) -> None:
    assert save(manager, page=name, querystring="q=a").status_code == 404


# --- look-up ---


def test_lookup_finds_own_companies(market: Market, manager: Client) -> None:
    make_market("south")
    headers: dict[str, Any] = {"HX-Trigger-Name": "company_text"}
    html = page(manager, "/companies/lookup/?company_text=Acme", **headers)
    assert f'data-value="{market.acme.pk}"' in html
    assert "south" not in html
    assert "Nothing found" in page(manager, "/companies/lookup/?q=a")
    assert "Nothing found" in page(manager, "/companies/lookup/?q=%00%00")
