"""Billing in the browser: foresee a run, start it, watch it end, read what it made, and put right what failed."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.journeys.office import MANAGER, SUPPORT, Office
from tests.journeys.pages import NUMBER, act, fact, heading, pdf_of, says, text_of

pytestmark = pytest.mark.journey

FIGURES = ("Invoices", "Credit memos", "Invoiced", "Due", "Credited", "Applied")


def progress(page: Page) -> Locator:
    """The part of a run's page that follows the run by itself."""
    return page.get_by_role("region", name="Progress", exact=True)


def watch_to_the_end(page: Page) -> dict[str, str]:
    """Wait, touching nothing, until the bar is full and the page has been shown anew; what it came to."""
    expect(progress(page).get_by_text("Processing time", exact=True)).to_be_visible(timeout=60_000)
    expect(progress(page).locator("output")).to_have_text("100 %")
    return {name: fact(progress(page), name).inner_text() for name in FIGURES}


def record(page: Page, kind: str, key: str, **fields: str) -> None:
    """Record an event of a company by the form, and stay on its page."""
    page.goto("/billing/events/new/")
    page.get_by_label("Kind", exact=True).select_option(kind)
    page.get_by_role("combobox", name="Company").press_sequentially("Orchi")
    page.get_by_role("option", name=re.compile("Orchidée")).first.click()
    for label, value in {**fields, "Key": key}.items():
        page.get_by_role("textbox", name=re.compile(rf"^{label}( \(optional\))?$")).fill(value)
    if kind == "One-off order":
        page.get_by_role("combobox", name=re.compile("^Product")).select_option(index=1)
    page.get_by_role("button", name="Record", exact=True).click()
    says(page, f"Event {key} is recorded.")


def foresee(page: Page) -> dict[str, str]:
    """Preview a run from the dashboard, and stay on the page that says what it would come to."""
    page.goto("/billing/")
    page.get_by_role("link", name="Preview a run", exact=True).click()
    page.get_by_role("button", name="Preview", exact=True).click()
    found = watch_to_the_end(page)
    expect(page.get_by_text("no documents were created")).to_be_visible()
    assert page.get_by_role("region", name="Documents created").count() == 0
    return found


def test_a_run_does_what_was_foreseen_and_what_failed_is_put_right(office: Office) -> None:
    """A refund that comes before its order fails; the order is recorded, the refund tried again, and credited."""
    page = office.person(MANAGER)
    order, refund = f"order {uuid4()}", f"refund {uuid4()}"
    record(page, "Refund", refund, **{"Corrects or refunds": order, "Amount": "60.00"})
    foreseen = foresee(page)
    act(page, "Start this run")
    page.get_by_role("button", name="Start run", exact=True).click()
    assert watch_to_the_end(page) == foreseen
    run = page.url
    failed = page.get_by_role("region", name="Events that could not be billed")
    expect(failed).to_contain_text("Original charge not found")

    record(page, "One-off order", order, **{"Quantity": "2", "Unit price": "30.00"})
    page.goto(run)
    failed.get_by_role("button", name="Try all again").click()
    says(page, re.compile("tried again"))
    watch_to_the_end(page)
    page.goto(f"/billing/events/?q={refund}")
    page.get_by_role("link", name=refund, exact=True).click()
    expect(page.locator(".page-head")).to_contain_text("Billed")
    page.locator("main").get_by_role("link", name=re.compile("^CM-")).first.click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    number = heading(page)
    assert NUMBER.match(number)
    text = text_of(pdf_of(page))
    assert number in text
    assert "Orchidée" in text


def test_support_reads_runs_and_starts_none(office: Office) -> None:
    """The list and a run, without a button that would be refused."""
    page = office.person(SUPPORT)
    page.goto("/billing/runs/")
    assert page.get_by_role("link", name="Start a run").count() == 0
    page.locator("[data-row-link]").first.click()
    expect(progress(page)).to_contain_text("Payers")
    assert page.get_by_role("link", name="Stop", exact=True).count() == 0
