"""Without a mouse, on a narrow screen, and in the theme one likes."""

import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import focused, issue_ad_hoc

pytestmark = pytest.mark.journey


def test_a_list_is_worked_by_keys(office: Office) -> None:
    """`/` searches, `j` and `k` walk, Enter opens, `a` applies, `c` creates."""
    page = office.person(MANAGER)
    page.goto("/credit-memos/?status=unapplied&status=partially_applied")
    numbers = page.locator("[data-row-link]").all_inner_texts()
    for key in ("j", "j", "k"):
        page.keyboard.press(key)
    assert focused(page) == numbers[0]
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=numbers[0], level=1)).to_be_visible()
    page.wait_for_load_state()  # The keys are known when the scripts are.
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/apply/$"))
    page.go_back()
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type(numbers[1])
    page.keyboard.press("Enter")
    expect(page.locator("main").get_by_text(numbers[1]).first).to_be_visible()
    page.goto("/credit-memos/")
    page.keyboard.press("c")
    page.wait_for_url(re.compile(r"/credit-memos/new/$"))


def test_what_a_caller_knows_finds_the_document(office: Office) -> None:
    """An amount, a name and the month: typed into the search box, the one document is suggested and opened by keys."""
    page = office.person(MANAGER)
    page.goto("/companies/add/")
    page.get_by_label("Name", exact=True).fill("Grünwald Verlag")
    page.get_by_label("Country").select_option("DE")
    page.get_by_role("button", name="Add company").click()
    expect(page.get_by_role("heading", name="Grünwald Verlag", level=1)).to_be_visible()
    number = issue_ad_hoc(page, "Grünwald Verlag", "565,25")
    page.goto("/invoices/")
    page.keyboard.press("/")
    page.keyboard.type(f"565,25 Grünwald {datetime.now(tz=UTC):%B}")
    listed = page.get_by_role("listbox", name="Suggestions")
    first = listed.get_by_role("option").first
    expect(first).to_contain_text(number)
    expect(first).to_contain_text("€565.25")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=number, level=1)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("565.25 grünwald")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Search: 565.25 grünwald", level=1)).to_be_visible()
    expect(page.get_by_role("row").filter(has_text=number)).to_contain_text("€565.25")


def test_dialogs_give_the_focus_back(office: Office) -> None:
    """The keys and a verb open with the keyboard, close with Escape, and one is where one was."""
    page = office.person(MANAGER)
    page.goto("/credit-memos/?status=unapplied")
    page.keyboard.press("j")
    number = focused(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert focused(page) == number
    page.keyboard.press("Enter")
    void = page.locator(".page-head").get_by_role("link", name="Void", exact=True)
    void.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name=f"Void {number}")
    expect(dialog.get_by_label("Reason")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(void).to_be_focused()


def test_filters_are_chips_and_survive_back(office: Office) -> None:
    """A ticked filter narrows the list, stands as a chip and in the address, and is there again after Back."""
    page = office.person(MANAGER)
    page.goto("/credit-memos/")
    page.get_by_role("button", name="Filters").click()
    page.get_by_role("complementary", name="Filters").get_by_label("Closed", exact=True).check()
    chips = page.get_by_role("list", name="Active filters")
    expect(chips).to_contain_text("Closed")
    page.wait_for_url(re.compile("status=closed"))
    page.locator("[data-row-link]").first.click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    page.go_back()
    expect(chips).to_contain_text("Closed")
    expect(page.locator("#filters").get_by_label("Closed", exact=True)).to_be_checked()
    chips.get_by_role("link", name=re.compile("^Remove")).click()
    expect(chips).to_have_count(0)


def test_the_theme_is_kept(office: Office) -> None:
    """Chosen in the menu, it holds on the next page, also against the system's."""
    page = office.person(MANAGER, color_scheme="light")
    page.goto("/invoices/")
    surface = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(surface)
    page.get_by_label("Account of Mara Lindqvist").click()
    page.get_by_role("group", name="Theme").get_by_role("button", name="Dark").click()
    dark = page.evaluate(surface)
    assert dark != light
    page.goto("/companies/")
    assert page.evaluate(surface) == dark


def test_a_phone_shows_the_menu_and_the_filters(office: Office) -> None:
    """At 390 pixels the sidebar and the filters wait behind their buttons."""
    page = office.person(MANAGER, viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto("/credit-memos/")
    page.get_by_role("button", name="Menu").tap()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Invoices").tap()
    page.wait_for_url(re.compile("/invoices/$"))
    page.get_by_role("button", name="Filters").tap()
    filters = page.get_by_role("complementary", name="Filters")
    filters.get_by_label("Paid", exact=True).check()
    filters.get_by_role("button", name="Close").tap()
    expect(page.get_by_role("list", name="Active filters")).to_contain_text("Paid")
