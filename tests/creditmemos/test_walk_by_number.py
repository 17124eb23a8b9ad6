"""Next and previous in the list sorted by number, where drafts have none: every row is met once, both ways."""

import re

import pytest
from django.test import Client

from creditmemos.models import CreditMemo
from tests.factories.world import Market, issue_memo
from tests.support.verbs import set_threshold
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
URL = "/credit-memos/"
ISSUED, DRAFTS, PAGE = 50, 3, 25


@pytest.fixture
def manager(market: Market) -> Client:
    """Issued memos, and drafts that wait for a second person."""
    for _ in range(ISSUED):
        issue_memo(market, "1.00")
    set_threshold(market, 1)
    for _ in range(DRAFTS):
        issue_memo(market, "1.00")
    return client_of(market.people["manager"])


def walk(client: Client, query: str, rel: str) -> tuple[list[int], list[str]]:
    """The ids on all pages from here on, and the ways taken."""
    found: list[int] = []
    ways: list[str] = []
    while True:
        page = client.get(URL + query).content.decode()
        found += [int(pk) for pk in re.findall(r'<a href="/credit-memos/(\d+)/" data-row-link', page)]
        way = re.search(rf'<a href="([^"]+)" rel="{rel}"', page)
        if way is None:
            return found, ways
        query = way[1].replace("&amp;", "&")
        ways.append(query)


@pytest.mark.parametrize("sort", ["number", "-number"])
def test_forth_and_back(manager: Client, sort: str) -> None:
    forth, ways = walk(manager, f"?sort={sort}", "next")
    assert sorted(forth) == sorted(CreditMemo.objects.values_list("pk", flat=True))
    assert len(ways) == (ISSUED + DRAFTS) // PAGE
    assert all("after=" in way for way in ways)
    numbered = [pk for pk in forth if CreditMemo.objects.get(pk=pk).number]
    assert numbered == sorted(numbered, reverse=sort == "-number")
    back, ways = walk(manager, ways[-1], "prev")
    assert sorted(back) == sorted(forth)
    assert len(ways) == (ISSUED + DRAFTS) // PAGE


def test_from_a_draft_one_goes_on_by_page(manager: Client, market: Market) -> None:
    """A page that ends with a draft has no value to go on from."""
    set_threshold(market, 1)
    for _ in range(PAGE):
        issue_memo(market, "1.00")
    for sort in ("number", "-number"):
        forth, _ways = walk(manager, f"?sort={sort}", "next")
        assert sorted(forth) == sorted(CreditMemo.objects.values_list("pk", flat=True))
