"""A filter that can't be read finds nothing, says why in red, and gives no file: every filter of every list."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from billing.filters import RunFilter
from tests.factories.world import Market, issue_invoice, issue_memo
from tests.support.visits import client_of
from web.filters import (
    AmountFilter,
    AnyOfFilter,
    DayFilter,
    LookupFilter,
    OneOfFilter,
    SearchFilter,
    SwitchFilter,
    TextFilter,
)
from web.lists import ListPage

UNREADABLE: dict[type, tuple[str, str]] = {
    # What is asked for, and what is said of it.
    AmountFilter: ("1e3", "Enter an amount in EUR"),
    DayFilter: ("2026-13-45", "Enter a valid date."),
    AnyOfFilter: ("strange", "Select a valid choice."),
    OneOfFilter: ("strange", "Select a valid choice."),
    LookupFilter: ("999999999999999999999", "No entry matches."),
    RunFilter: ("x", "Enter the number of a run."),
    SearchFilter: ("a" * 101, "Ensure this value has at most 100 characters"),
    TextFilter: ("a" * 101, "Ensure this value has at most 100 characters"),
}


def lists(patterns: list[URLPattern | URLResolver], prefix: str = "/") -> Iterator[tuple[str, type[ListPage]]]:
    """The address and view of every list that has filters."""
    for each in patterns:
        path = f"{prefix}{each.pattern}"
        if isinstance(each, URLResolver):
            yield from lists(each.url_patterns, path)
            continue
        view = getattr(each.callback, "view_class", None)
        if view and issubclass(view, ListPage) and "<" not in path:
            yield path, view


LISTS = dict(lists(get_resolver().url_patterns))


def test_there_are_lists() -> None:
    assert len(LISTS) >= 12
    known = (*UNREADABLE, SwitchFilter)
    assert all(isinstance(one, known) for view in LISTS.values() for one in view.filters_class.base_filters.values())


@pytest.mark.parametrize("path", LISTS)
def test_nothing_is_found_and_it_is_said_why(market: Market, manager: Client, path: str) -> None:
    issue_memo(market)
    issue_invoice(market)
    for name, one in LISTS[path].filters_class.base_filters.items():
        if isinstance(one, SwitchFilter):
            continue  # Ticked, whatever it is sent as.
        text, why = next(said for kind, said in UNREADABLE.items() if isinstance(one, kind))
        page = manager.get(path, {name: text}).content.decode()
        assert 'class="chip chip-bad"' in page, name
        assert f'class="chip-why">{why}' in page, name
        assert "Nothing is shown until it is corrected or removed." in page
        assert "data-row-link" not in page.split('id="results"')[1].split("<dialog")[0]
        assert 'id="count"' not in page
        assert "export=csv" not in page
        answer = manager.get(path, {name: text, "export": "csv"}, follow=True)
        assert answer.redirect_chain
        assert f"No file: {one.label}: {why}" in answer.content.decode()


def test_what_else_is_filtered_does_not_matter(market: Market, manager: Client) -> None:
    issue_memo(market)
    page = manager.get("/credit-memos/", {"status": "unapplied", "amount_from": "10,5x"}).content.decode()
    assert page.index("chip-bad") < page.index("Status: <strong>Unapplied")
    assert "A filter can't be read" in page
    assert "Total from: <strong>10,5x</strong>" in page
    assert 'href="?status=unapplied"' in page


def test_pdfs_of_what_can_not_be_read_are_none(market: Market, manager: Client) -> None:
    issue_memo(market)
    answer = manager.post("/documents/choose/credit_memo/", {"query": "amount_from=x"}, follow=True)
    assert "No file: Total from: Enter an amount in EUR" in answer.content.decode()


def test_statuses_that_are_not_offered_tell_nothing(market: Market) -> None:
    admin = client_of(market.people["company_admin"])
    page = admin.get("/credit-memos/", {"status": "draft"}).content.decode()
    assert "Select a valid choice. draft is not one of the available choices." in page
