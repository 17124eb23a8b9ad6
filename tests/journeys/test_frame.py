"""What every page shares, in a browser: keys, rows, filters, dialogs, menus, the theme; lists also without scripts."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.journeys.office import MANAGER, Office

pytestmark = pytest.mark.journey
MEMOS = "/credit-memos/"
NUMBER = re.compile(r"CM-\d{4}-\d+")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.textContent.trim() || document.activeElement.id"))


def test_keys_walk_the_list_and_open_a_row(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(MEMOS)
    names = page.locator("[data-row-link]").all_inner_texts()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert focused(page) == names[1]
    page.keyboard.press("x")
    expect(page.locator("#bulk output")).to_have_text("1 selected")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text(names[1])


def test_slash_searches_and_question_mark_helps(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(MEMOS)
    page.keyboard.press("?")
    help_ = page.locator("dialog#keys")
    expect(help_).to_be_visible()
    expect(help_).to_contain_text("Create credit memo")
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("j?c")
    expect(page.locator("#search")).to_have_value("j?c")
    page.keyboard.press("Escape")
    page.locator("h1").click()
    page.keyboard.press("c")
    expect(page).to_have_url(re.compile("/credit-memos/new/"))


def keys_of(page: Page) -> list[str]:
    """The keys that the help shows here, as they stand in it."""
    page.keyboard.press("?")
    help_ = page.locator("dialog#keys")
    expect(help_).to_be_visible()
    shown = [" ".join(each.inner_text().split()) for each in help_.locator("dt").all() if each.is_visible()]
    page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    return shown


def test_the_help_lists_the_keys_that_work_here(office: Office) -> None:
    """Rows on a list, the actions of a memo (also those in its menu, which then work), amounts on a desk."""
    page = office.person(MANAGER)
    page.goto(MEMOS)
    assert keys_of(page) == ["/", "j k", "Enter", "x", "?", "c"]
    page.goto(f"{MEMOS}?status=unapplied&has_balance=on")
    page.locator("[data-row-link]").first.click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    page.wait_for_load_state()
    assert keys_of(page) == ["/", "?", "a", "w"]
    page.keyboard.press("a")
    page.wait_for_url(re.compile(r"/apply/$"))
    page.wait_for_load_state()
    page.locator("h1").click()
    assert keys_of(page) == ["/", "Ctrl Enter", "Enter ↑ ↓ ← →", "=", "?", "f"]
    page.goto("/companies/add/")
    page.locator("h1").click()
    assert keys_of(page) == ["/", "Ctrl Enter", "?"]
    page.goto(f"{MEMOS}?status=fully_applied")
    page.locator("[data-row-link]").first.click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    page.wait_for_load_state()
    assert "a" not in keys_of(page)


def test_a_form_opens_with_the_cursor_in_its_first_field(office: Office) -> None:
    """A list does not; a refused form opens in the first field that is wrong."""
    page = office.person(MANAGER)
    for address, field in (("/companies/add/", "Name"), ("/credit-memos/new/", "Company"), ("/people/add/", "")):
        page.goto(address)
        focused_field = page.locator("main :focus")
        expect(focused_field).to_have_count(1)
        assert focused_field.evaluate("one => one.labels[0].firstChild.textContent.trim()") == field or not field
    page.goto(MEMOS)
    expect(page.locator("main :focus")).to_have_count(0)


def test_rows_open_by_click_and_in_a_tab_by_middle_click(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(MEMOS)
    row = page.locator("tbody tr").first
    name = row.locator("[data-row-link]").inner_text()
    with page.context.expect_page() as opened:
        row.locator("td.day").click(button="middle")
    expect(opened.value.locator("h1")).to_contain_text(name)
    expect(page).to_have_url(re.compile(f"{MEMOS}$"))
    row.locator("td.day").click()
    expect(page.locator("h1")).to_contain_text(name)


def test_filters_change_the_rows_and_the_address(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(MEMOS)
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Unapplied", exact=True).check()
    expect(page.locator(".chip")).to_contain_text("Unapplied")
    expect(page).to_have_url(re.compile(r"/credit-memos/\?status=unapplied$"))
    expect(page.locator("tbody .state-good")).to_have_count(0)
    page.get_by_role("link", name="Total", exact=True).click()
    expect(page).to_have_url(re.compile(r"status=unapplied.*sort=-total|sort=-total.*status=unapplied"))
    expect(page.locator("th[aria-sort]")).to_contain_text("Total")
    page.go_back()
    expect(page.locator("th[aria-sort]")).to_contain_text("Date")
    expect(page.get_by_label("Unapplied", exact=True)).to_be_checked()
    page.get_by_role("link", name=re.compile("Remove Status")).click()
    expect(page.locator(".chip")).to_have_count(0)
    expect(page.get_by_label("Unapplied", exact=True)).not_to_be_checked()


@pytest.mark.parametrize("address", [MEMOS, "/invoices/", "/companies/", "/people/", "/credit-memos/approvals/"])
def test_a_laptop_shows_every_column(office: Office, address: str) -> None:
    """At 1280 pixels the filters wait behind their button; no column is cut off, and only spare ones are hidden."""
    page = office.person(MANAGER)
    page.goto(address)
    expect(page.get_by_role("complementary", name="Filters")).to_be_hidden()
    cells = page.locator(".ledger :is(th, td):not(.spare)")
    assert cells.evaluate_all("all => all.filter(one => !one.checkVisibility()).length") == 0
    assert page.locator(".table-wrap").evaluate("wrap => wrap.scrollWidth - wrap.clientWidth") == 0


def test_a_wide_screen_has_the_filters_open_until_folded(office: Office) -> None:
    page = office.person(MANAGER, viewport={"width": 1600, "height": 900})
    page.goto(MEMOS)
    panel, button = page.get_by_role("complementary", name="Filters"), page.get_by_role("button", name="Filters")
    expect(panel).to_be_visible()
    button.click()
    expect(panel).to_be_hidden()
    expect(button).to_have_attribute("aria-expanded", "false")
    page.goto("/invoices/")
    expect(panel).to_be_hidden()
    button.click()
    expect(panel).to_be_visible()


def test_counts_and_page_numbers_arrive_after_the_page(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(f"{MEMOS}?sort=total&include_voided=on")
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ credit memos$"))
    expect(page.locator("tfoot#totals")).to_contain_text("€")
    page.get_by_role("link", name="Page 2", exact=True).click()
    expect(page.locator("#steps [aria-current]")).to_have_text("2")
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#steps [aria-current]")).to_have_text("3")
    page.get_by_role("link", name="Previous").click()
    expect(page.locator("#steps [aria-current]")).to_have_text("2")


def test_a_company_is_found_as_one_types(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(MEMOS)
    page.get_by_role("button", name="Filters").click()
    box = page.get_by_role("combobox", name="Company")
    box.press_sequentially("isar", delay=30)
    option = page.get_by_role("option", name="Isar Biotech")
    expect(option).to_be_visible()
    box.press("ArrowDown")
    box.press("Enter")
    expect(box).to_have_value("Isar Biotech")
    expect(page.locator(".chip")).to_contain_text("Isar Biotech")
    expect(page).to_have_url(re.compile(r"company=\d+"))


def test_nor_is_lost_what_was_typed_before_the_scripts_ran(office: Office) -> None:
    page = office.person(MANAGER)
    held: list[Route] = []
    page.route(re.compile(r"/static/js/|htmx"), lambda route: held.append(route))  # noqa: PLW0108 - it is marked by the library
    page.goto("/payments/record/", wait_until="commit")
    page.get_by_role("combobox", name="Company").press_sequentially("isar")
    assert held
    for each in held:
        each.continue_()
    page.unroute_all()
    expect(page.get_by_role("option", name="Isar Biotech")).to_be_visible()


def test_a_verb_opens_over_the_page_and_gives_the_focus_back(office: Office) -> None:
    page = office.person(MANAGER)
    page.goto(f"{MEMOS}?status=unapplied")
    page.locator("[data-row-link]").first.click()
    button = page.get_by_role("link", name="Void", exact=True)
    if not button.is_visible():
        page.get_by_text("More", exact=True).click()
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.locator("dialog#dialog")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("heading")).to_have_text(NUMBER)
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    dialog.get_by_label("Reason").fill("   ")
    page.keyboard.press("Control+Enter")
    expect(dialog.locator("#problems")).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_be_focused()
    expect(dialog.locator("#problems a")).to_have_attribute("href", "#id_reason")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()


def test_menus_close_and_the_theme_stays(office: Office) -> None:
    page = office.person(MANAGER)
    page.emulate_media(color_scheme="light")
    page.goto(MEMOS)
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    menu = page.locator("details.member")
    menu.locator("summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(paper) != light
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", re.compile(""))
    page.reload()
    dark = page.evaluate(paper)
    assert dark != light
    menu.locator("summary").click()
    page.get_by_role("button", name="System").click()
    assert page.evaluate(paper) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(paper) == dark
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", re.compile(""))


def test_a_phone_opens_menu_and_filters(office: Office) -> None:
    page = office.person(MANAGER, viewport={"width": 390, "height": 800})
    page.goto(MEMOS)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Companies").click()
    expect(page.locator("h1")).to_have_text("Companies")
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Reseller", exact=True).first.check()
    expect(page.locator(".chip")).to_contain_text("Reseller")


def test_without_scripts_lists_filter_sort_and_count(office: Office) -> None:
    page = office.person(MANAGER, java_script_enabled=False)
    page.context.clear_cookies(name="js")
    page.goto(MEMOS)
    expect(page.locator("#count")).to_have_text(re.compile(r"^\d+ credit memos$"))
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Unapplied", exact=True).check()
    page.get_by_role("button", name="Filter", exact=True).click()
    expect(page.locator(".chip")).to_contain_text("Unapplied")
    page.get_by_role("link", name="Total", exact=True).click()
    expect(page.locator("th[aria-sort]")).to_contain_text("Total")
    page.locator("details.member summary").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page).to_have_url(re.compile("status=unapplied"))
