"""What axe looks at: every kind of page, at a desk in light and in dark, and on a phone; and no page scrolls sideways."""

import re
from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.journeys.office import BILLING_ADMIN, DEVELOPER, MANAGER, Office
from tests.journeys.pages import act, issue_ad_hoc, open_unpaid_invoice

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = "color-contrast"
DESK, PHONE = ({"width": 1600, "height": 900}, {"width": 390, "height": 844})  # pixels
VIEWS: list[tuple[str, Any, Any, dict[str, Any]]] = [
    ("on a phone", PHONE, "light", {"runOnly": RULES, "rules": {COLOURS: {"enabled": False}}}),
    ("dark", DESK, "dark", {"runOnly": [COLOURS]}),
    ("light", DESK, "light", {"runOnly": RULES}),
]
"""Where each page is looked at, and what is asked there: all at a desk, and again only what can differ: on a phone all
but the colours, in the dark the colours."""
ASK = """async (options) => (await axe.run(document, {...options, resultTypes: ["violations"]})).violations.map(
  ({id, help, nodes}) => `${id}, ${help}: ${nodes.slice(0, 3).map((node) => node.target.join(" ")).join("; ")}`)"""
WIDTH = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
REST = """() => { for (const each of document.body.querySelectorAll("*"))
  if (getComputedStyle(each).position === "sticky") each.style.position = "static"; }"""
"""A box that lies half under a bar that floats over it right now is whole after a scroll; axe measures what it meets."""
ALIKE = 2
THIN = """(alike) => { const seen = {};
  for (const row of document.querySelectorAll("tbody > tr")) {
    const parts = [...row.querySelectorAll("*")].map((each) => each.tagName + each.getAttribute("class"));
    const kind = [row.closest("table").id, row.className, row.hidden, ...parts].join();
    seen[kind] = (seen[kind] || 0) + 1;
    if (seen[kind] > alike) row.remove(); } }"""
"""Of rows that differ in their words alone a few are left: axe would take most of its time to say the same of each."""
STATES = ("unapplied", "partially_applied", "fully_applied", "voided", "closed", "awaiting_approval", "rejected")


class Inspector:
    """Looks at pages in every view; ``found`` are sentences."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.script = Axe().axe_script
        self.found: list[str] = []

    def visit(self, address: str, name: str = "") -> None:
        """Go there and look."""
        self.page.goto(address)
        self.look(name or address)

    def look(self, name: str) -> None:
        """Look at what is open now, from everywhere; of rows alike, only the first stay."""
        for view, size, _, _ in VIEWS[:2]:
            self.page.set_viewport_size(size)
            width = self.page.evaluate(WIDTH)
            if width > 0:
                self.found.append(f"{name} ({view}): scrolls sideways by {width} pixels")
        self.page.evaluate(THIN, ALIKE)
        self.page.evaluate(REST)
        self.page.evaluate(self.script)
        for view, size, theme, rules in VIEWS:
            self.page.set_viewport_size(size)
            self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            self.found += [f"{name} ({view}): {breach}" for breach in self.page.evaluate(ASK, rules)]

    def first_of(self, address: str) -> None:
        """Open the first row of a list and look at it."""
        self.page.goto(address)
        row = self.page.locator("[data-row-link]").first
        if row.count():
            target = str(row.get_attribute("href"))
            row.click()
            self.page.wait_for_url(lambda url: url.endswith(target))
            self.look(f"the first of {address}")


def memos(see: Inspector) -> None:
    """The list, a memo in each state, its explanation, its activity, its dialogs, and one that is not there."""
    see.visit("/credit-memos/")
    see.visit("/credit-memos/?q=nothing+like+this")
    for state in STATES:
        see.first_of(f"/credit-memos/?status={state}")
    number = issue_ad_hoc(see.page, "Orchidée", "3.00")
    home = see.page.url
    for verb in ("Void", "Close", "Release hold"):
        act(see.page, verb)
        expect(see.page.get_by_role("dialog", name=number)).to_be_visible()
        see.look(f"the dialog {verb}")
        see.page.keyboard.press("Escape")
    for part in ("explain/", "activity/", "void/", "close/"):
        see.visit(home + part)
    see.page.goto(home)
    if see.page.locator("[data-keys]").is_visible():
        see.page.locator("[data-keys]").click()
        see.look("the keys")


def working(see: Inspector) -> None:
    """The forms, empty and refused, and an invoice."""
    see.visit("/credit-memos/new/")
    see.page.get_by_role("button", name="Issue credit memo", exact=True).click()
    expect(see.page.get_by_role("alert")).to_be_visible()
    see.look("a refused new memo")
    open_unpaid_invoice(see.page)
    invoice = see.page.url
    see.look("an invoice")
    act(see.page, "Credit invoice")
    expect(see.page.get_by_role("textbox", name=re.compile("^Credit of")).first).to_be_visible()
    see.look("crediting an invoice")
    see.page.get_by_role("button", name="Issue credit memo", exact=True).click()
    expect(see.page.get_by_role("alert")).to_be_visible()
    see.look("crediting an invoice, refused")
    see.page.goto(invoice)
    act(see.page, "Void")
    expect(see.page.get_by_role("dialog")).to_be_visible()
    see.look("the dialog of voiding an invoice")


def desks(see: Inspector) -> None:
    """The apply desk of a memo, refused, a company, and the desk of its account."""
    see.page.goto("/credit-memos/?status=unapplied&has_balance=on")
    see.page.locator("[data-row-link]").first.click()
    act(see.page, "Apply")
    see.page.locator("[data-amount]").first.fill("999999999")
    see.page.locator("[data-apply]").click()
    expect(see.page.get_by_role("alert")).to_be_visible()
    see.look("the desk, refused")
    desk = see.page.locator("a[href*='/apply/accounts/']")
    see.page.goto("/companies/")
    see.page.locator("[data-row-link]").nth(6).click()
    see.page.wait_for_url(re.compile(r"/companies/\d+/$"))
    see.look("a company with its statement")
    if desk.count():
        see.visit(str(desk.first.get_attribute("href")), "the desk of an account")


def office_pages(see: Inspector) -> None:
    """Lists and pages around the documents, and what is not there."""
    for address in (
        *("/invoices/", "/invoices/?status=unpaid&sort=due", "/companies/", "/credit-memos/approvals/", "/people/"),
        *("/people/add/", "/permissions/", "/audit-log/", "/settings/", "/failed-work/", "/credit-memos/reasons/"),
        *("/credit-memos/reasons/add/", "/search/?q=2026", "/profile/", "/profile/password/", "/saved-filters/"),
        *("/mails/settings/", "/mails/settings/credit_memo_pdf_created/", "/mails/settings/credit_applied/de/"),
        *("/mails/settings/credit_applied/en/new/", "/mails/", "/documents/archives/"),
    ):
        see.visit(address)
    for address in (
        "/credit-memos/approvals/",
        "/people/",
        "/invoices/?status=void",
        "/credit-memos/reasons/",
        "/mails/",
    ):
        see.first_of(address)
    see.visit("/nothing/here/")


def billing(see: Inspector) -> None:
    """Runs, events and imports, what is sold, and the settings of it; forms refused too."""
    for address in (
        *("/billing/", "/billing/runs/", "/billing/runs/new/", "/billing/events/", "/billing/events/?status=failed"),
        *("/billing/events/imports/", "/billing/events/imports/new/", "/billing/settings/", "/billing/settings/taxes/"),
        *("/subscriptions/", "/subscriptions/new/", "/subscriptions/products/", "/subscriptions/discounts/"),
    ):
        see.visit(address)
    for address in ("/billing/runs/", "/billing/events/", "/billing/events/?status=failed", "/subscriptions/"):
        see.first_of(address)
    subscription = see.page.url
    for part in ("change/", "cancel/"):
        see.visit(subscription + part)
    see.first_of("/subscriptions/products/")
    see.page.goto("/billing/events/new/")
    see.page.get_by_role("button", name="Record", exact=True).click()
    expect(see.page.get_by_role("alert")).to_be_visible()
    see.look("a refused event")


def builder(see: Inspector) -> None:
    """The Document Builder: what prints, the editor with its preview and a problem, publishing, versions, images."""
    for address in ("/documents/builder/", "/documents/builder/assets/", "/documents/builder/assets/image/"):
        see.visit(address)
    see.visit("/documents/builder/assets/font/")
    see.page.goto("/documents/builder/")
    see.page.get_by_role("link", name="Classic, version").first.click()
    see.page.wait_for_url(re.compile(r"/versions/\d+/$"))
    see.look("a version")
    see.page.goto("/documents/builder/new/?origin=design:modern&kind=invoice&language=de")
    see.look("a new template")
    see.page.get_by_role("textbox", name="Name").fill("Seen by everybody")
    see.page.get_by_role("button", name="Create template").click()
    see.page.wait_for_url(re.compile(r"/builder/\d+/$"))
    editor = see.page.url
    expect(see.page.locator("#preview-status")).to_contain_text("Pages: 1.")
    see.look("the editor")
    see.page.get_by_label("Source").fill("<p>{{ numbr }}</p>")
    expect(see.page.locator("#preview-status")).to_contain_text("Line 1:")
    see.look("the editor with a problem")
    see.page.get_by_role("button", name="Save and publish").click()
    expect(see.page.get_by_text("This draft can't be rendered")).to_be_visible()
    see.look("publishing what does not render")
    see.visit(f"{editor}versions/")
    see.visit("/documents/builder/product/invoice/de/")


def payments(see: Inspector) -> None:
    """The list, a payment in each state, its verbs, and the desk that records one, refused too."""
    for address in ("/payments/", "/payments/?q=nothing+like+this", "/payments/record/"):
        see.visit(address)
    for state in ("pending", "returned", "successful"):
        see.first_of(f"/payments/?status={state}")
    see.first_of("/payments/?has_on_account=on")
    payment = see.page.url
    for part in ("allocate/", "return/", "keep/", "activity/", "journal/"):
        see.visit(payment + part)
    open_unpaid_invoice(see.page)
    act(see.page, "Record payment")
    see.page.locator("[name^=amount-]").first.fill("999999999")
    see.page.get_by_role("button", name="Record payment").click()
    expect(see.page.get_by_role("alert")).to_be_visible()
    see.look("recording a payment, refused")


TOURS = [memos, working, desks, office_pages, billing, builder, payments]


def look_around(office: Office, tour: Callable[[Inspector], None]) -> None:
    """As a manager, who sees most."""
    office.watch.expected.add(404)
    see = Inspector(office.person(MANAGER, viewport=DESK))
    tour(see)
    assert not see.found, "\n".join(see.found)


def look_as_others(office: Office) -> None:
    """The sign-in page, and what customers and developers see of documents; also the page that says no."""
    office.watch.expected.add(403)
    see = Inspector(office.window(viewport=DESK))
    see.visit("/sign-in/")
    see.page.get_by_label("E-mail address").fill("nobody@example.com")
    see.page.get_by_label("Password").fill("wrong")
    see.page.get_by_role("button", name="Sign in", exact=True).click()
    expect(see.page.get_by_role("alert")).to_be_visible()
    see.look("a refused sign-in")
    found = list(see.found)
    for name in (BILLING_ADMIN, DEVELOPER):
        see = Inspector(office.person(name, viewport=DESK))
        see.visit("/credit-memos/")
        see.first_of("/credit-memos/")
        see.first_of("/invoices/")
        see.visit("/settings/", "the page that says no")
        found += [f"{name}: {each}" for each in see.found]
    assert not found, "\n".join(found)
