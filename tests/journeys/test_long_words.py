"""Names and references of any length break or end in an ellipsis; paper has no controls and every column."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.inspecting import WIDTH
from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import choose_company, fact

pytestmark = pytest.mark.journey
NAME = "Donaudampfschifffahrts" + "gesellschaftskapitän" * 8
REFERENCE = "REF-" + "0123456789" * 18
CUT = """() => [...document.querySelectorAll("main *, .topbar *")].filter((each) => {
  const style = getComputedStyle(each);
  return each.checkVisibility() && each.clientWidth > 4 && style.clipPath === "none" && !each.matches("input")
    && /hidden|clip/.test(style.overflowX) && each.scrollWidth > each.clientWidth + 1 && style.textOverflow !== "ellipsis";
}).map((each) => `${each.tagName}.${each.className}: ${each.textContent.trim().slice(0, 40)}`)"""
CONTROLS = ".topbar, .sidebar, .filters, .results-tools, .pager, .btn, .menu, .bulk-bar, .chip a, .page-head .actions"


def look(page: Page, address: str) -> list[str]:
    """What is cut off without an ellipsis there, and by how much the page scrolls sideways."""
    page.goto(address)
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate(WIDTH)
        found += [f"{address} at {width}: {each}" for each in page.evaluate(CUT)]
        found += [f"{address} at {width} scrolls by {wide}"] * bool(wide)
    page.set_viewport_size({"width": 1280, "height": 900})
    return found


def test_long_words_break(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto("/companies/add/")
    page.get_by_label("Name", exact=True).fill(NAME)
    page.get_by_label("Country").select_option("DE")
    page.locator("main form button.btn-primary").click()
    expect(page.get_by_role("heading", name=NAME, level=1)).to_be_visible()
    company = page.url
    page.goto("/credit-memos/new/")
    choose_company(page, NAME)
    page.get_by_label("Description of line 1").fill(REFERENCE)
    page.get_by_label("Unit price of line 1").fill("45.90")
    page.get_by_label("Reason", exact=True).select_option("Goodwill")
    page.get_by_role("radio", name="Hold credit", exact=True).check()
    total = fact(page.get_by_role("complementary", name="Credit memo", exact=True), "Total")
    expect(total).to_contain_text(re.compile(r"\d"))
    page.get_by_role("button", name="Issue credit memo", exact=True).click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    memo = page.url
    found = []
    for address in (
        *(company, f"{company}change/", memo, f"{memo}void/", f"{memo}apply/", "/companies/?q=Donaudampf"),
        *("/credit-memos/?q=Donaudampf", "/search/?q=Donaudampf", "/audit-log/"),
    ):
        found += look(page, address)
    assert not found, "\n".join(found)


def test_lists_tell_their_total_on_a_phone(office: Office) -> None:
    page = office.person(MANAGER, viewport={"width": 390, "height": 844})
    for address in ("/credit-memos/", "/invoices/"):
        page.goto(address)
        foot = page.locator("tfoot tr").first
        expect(foot).to_be_visible()
        expect(foot).to_contain_text("Total")
        expect(foot.locator("td.num:visible").first).to_have_text(re.compile(r"€[\d,]+\.\d\d"))


def test_paper_has_no_controls_and_every_column(office: Office) -> None:
    page = office.person(MANAGER)
    addresses = ["/credit-memos/?status=partially_applied", "/invoices/?status=unpaid", "/companies/", "/billing/runs/"]
    for address in [*addresses]:
        page.goto(address)
        addresses.append(str(page.locator("[data-row-link]").first.get_attribute("href")))
    for address in addresses:
        page.goto(address)
        page.emulate_media(media="print")
        shown = page.locator(CONTROLS).evaluate_all("all => all.filter((one) => one.checkVisibility()).length")
        hidden = page.locator(".ledger thead th:not(.pick)").evaluate_all(
            "all => all.filter((one) => !one.closest('details:not([open])') && !one.checkVisibility()).length"
        )
        assert (address, shown, hidden) == (address, 0, 0)
        page.set_viewport_size({"width": 1000, "height": 700})  # About what a landscape page has.
        assert (address, page.evaluate(CUT), page.evaluate(WIDTH)) == (address, [], 0)
        page.set_viewport_size({"width": 1280, "height": 900})
        page.emulate_media(media="screen")
