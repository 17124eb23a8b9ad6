"""A pressed button shows that it works until the answer came, whatever the answer is; pressed twice it does one thing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from tests.journeys.office import FINANCE, MANAGER, Office
from tests.journeys.pages import act, issue_ad_hoc, says

pytestmark = pytest.mark.journey
NOTE = """new MutationObserver((changes) => changes.forEach(({target}) => {
  if (target.getAttribute("aria-busy") !== "true" || !target.matches("button, a")) return;
  const words = target.form ? target.form.lastElementChild.textContent : "";
  const look = [target.textContent.trim(), getComputedStyle(target, "::before").borderTopStyle, words].join("; ");
  sessionStorage.setItem("busy", (sessionStorage.getItem("busy") || "") + look + "\\n");
})).observe(document, {subtree: true, attributes: true, attributeFilter: ["aria-busy"]});"""
"""What was busy, kept over the pages: the browser's driver doesn't look into a page that is on its way to the next."""


def watched(page: Page) -> list[str]:
    """Follow the page from now on; the addresses of what is sent are added to the list."""
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and request.is_navigation_request():
            sent.append(request.url)

    page.add_init_script(NOTE)
    page.on("request", note)
    return sent


def was_busy(page: Page) -> list[str]:
    """Of each button or link that was: its words, its spinner, and what is said of it."""
    return str(page.evaluate("sessionStorage.getItem('busy') || ''")).splitlines()


def is_free(button: Locator) -> None:
    """It can be pressed again."""
    expect(button).not_to_have_attribute("aria-busy", "true")
    expect(button).not_to_have_attribute("aria-disabled", "true")


def test_a_page_is_busy_until_it_is_answered_and_free_after_back(office: Office) -> None:
    page = office.person(MANAGER)
    sent = watched(page)
    page.goto("/companies/add/")
    page.get_by_label("Name", exact=True).fill("Busy Bee")
    button = page.locator("main form button.btn-primary")
    words = button.inner_text()
    button.dblclick()
    page.wait_for_url(re.compile(r"/companies/\d+/$"))
    assert len(sent) == 1
    assert was_busy(page) == [f"{words}; solid; Working…"]
    page.go_back()
    is_free(page.locator("main form button.btn-primary"))


def test_a_form_that_the_browser_refuses_is_not_busy(office: Office) -> None:
    page = office.person(MANAGER)
    sent = watched(page)
    page.goto("/companies/add/")
    button = page.locator("main form button.btn-primary")
    button.click()
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    is_free(button)
    assert (sent, was_busy(page)) == ([], [])


class Held:
    """What a dialog sends waits until it is let go, or broken off."""

    def __init__(self, page: Page, url: str) -> None:
        self.routes: list[Route] = []
        page.route(re.compile(url), self._hold)

    def _hold(self, route: Route) -> None:
        if route.request.method == "POST":
            self.routes.append(route)
        else:
            route.continue_()

    def let_go(self, do: Callable[[Route], None] = lambda route: route.continue_()) -> None:
        """Answer the one that waits."""
        assert len(self.routes) == 1, "pressed twice, it is sent once"
        do(self.routes.pop())


def press(button: Locator) -> None:
    """Press it twice: it works, and takes no second press."""
    button.dblclick()
    expect(button).to_have_attribute("aria-busy", "true")
    expect(button).to_have_attribute("aria-disabled", "true")


def test_a_dialog_is_busy_and_free_again_after_a_refusal_and_a_broken_line(office: Office) -> None:
    page = office.person(MANAGER)
    number = issue_ad_hoc(page, "Hansa Papier", "3.00")
    act(page, "Void")
    dialog = page.get_by_role("dialog", name=f"Void {number}")
    dialog.get_by_label("Reason").fill(" ")
    held = Held(page, r"/void/$")
    button = dialog.locator("button.btn-danger")
    press(button)
    held.let_go(lambda route: route.abort())
    is_free(button)
    office.watch.problems.clear()  # The browser says in its console that the line broke.
    press(button)
    held.let_go()
    expect(dialog.get_by_role("alert")).to_be_visible()
    is_free(button)
    dialog.get_by_label("Reason").fill("Issued twice.")
    press(button)
    held.let_go()
    says(page, f"{number} has been voided.")


def test_a_file_that_arrives_frees_its_button_and_its_link(office: Office) -> None:
    page = office.person(FINANCE)
    sent = watched(page)
    files: list[str] = []
    page.on("download", lambda file: files.append(file.suggested_filename))
    page.goto("/credit-memos/")
    page.locator("tbody").get_by_role("checkbox").first.check()
    button = page.get_by_role("button", name="Download PDFs")
    with page.expect_download():
        button.dblclick()
    is_free(button)
    assert len(sent) == 1
    page.locator("summary").filter(has_text="Export").click()
    link = page.get_by_role("link", name="CSV", exact=True)
    with page.expect_download():
        link.dblclick()
    expect(link).not_to_have_attribute("aria-busy", "true")
    assert [name.rpartition(".")[2] for name in files] == ["zip", "csv"]
    assert was_busy(page) == ["Download PDFs; solid; Working…", "CSV; solid; "]
