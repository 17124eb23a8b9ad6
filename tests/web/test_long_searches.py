"""Whatever is looked for may be long: more than 200 letters are refused in words, and never reach the database."""

import pytest
from django.test import Client

from tests.factories.world import Market, issue_invoice, issue_memo

LONG = "a" * 70_000
SAID = "Type at most 200 letters."


@pytest.mark.parametrize(
    ("url", "box"),
    [
        ("/companies/lookup/", "q"), ("/credit-memos/people/", "q"), ("/credit-memos/creditable-companies/", "q"),
        ("/subscriptions/lookup/", "subscription_text"),
    ],
)  # fmt: skip
def test_look_ups_say_it(market: Market, manager: Client, url: str, box: str) -> None:
    page = manager.get(url, {box: LONG, "company": str(market.acme.pk)}, headers={"HX-Trigger-Name": box})
    assert page.status_code == 200
    assert SAID in page.content.decode()
    assert SAID not in manager.get(url, {box: LONG[:200]}, headers={"HX-Trigger-Name": box}).content.decode()


def test_the_search_page_says_it(market: Market, manager: Client) -> None:
    for text in (LONG, "1" * 70_000, "ä" * 201):
        page = manager.get("/search/", {"q": text})
        assert page.status_code == 200
        assert SAID in page.content.decode()
        assert len(page.content) < 100_000


@pytest.mark.parametrize(
    "url",
    [
        "/invoices/", "/credit-memos/", "/companies/", "/subscriptions/", "/people/", "/billing/events/",
        "/mails/", "/audit-log/",
    ],
)  # fmt: skip
def test_lists_stay_up(market: Market, manager: Client, url: str) -> None:
    for name in ("q", "company_text", "user_text", "actor", "who", "run"):
        assert manager.get(url, {name: LONG}).status_code == 200, name


def test_a_form_says_it_beside_the_box_and_keeps_what_was_typed(market: Market, manager: Client) -> None:
    page = manager.post("/credit-memos/new/", {"company_text": LONG})
    assert page.status_code == 422
    assert SAID in page.content.decode()
    assert LONG in page.content.decode()


def test_the_desk_finds_nothing_by_it(market: Market, manager: Client) -> None:
    memo, _invoice = issue_memo(market), issue_invoice(market)
    assert manager.get(f"/credit-memos/{memo.pk}/apply/", {"find": LONG}).status_code == 200
    assert manager.post(f"/credit-memos/{memo.pk}/apply/", {"find": LONG, "go": "find"}).status_code in (200, 422)


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 10_000, str(2**63)])
def test_ids_of_any_length_are_ids_of_nothing(market: Market, manager: Client, digits: str) -> None:
    assert manager.get(f"/companies/{market.acme.pk}/", {"account": digits}).status_code == 404
    assert manager.get("/subscriptions/lookup/", {"subscription_text": "ma", "company": digits}).status_code == 200
    row = {"line-1-subscription": digits, "line-1-description": "Seats", "lines": "1"}
    assert manager.post("/credit-memos/new/", {"company": digits, **row}).status_code == 422
