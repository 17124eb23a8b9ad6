"""What others than the manager see and may do."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.office import BILLING_ADMIN, DEVELOPER, FINANCE, MANAGER, SECOND, SUPPORT, Office
from tests.journeys.pages import NUMBER, act, figure, heading, issue_ad_hoc, minor, open_memo, says

pytestmark = pytest.mark.journey

OWN = "Alpenblick Logistik"
"""The billing admin's company."""


def test_a_billing_admin_uses_the_credit_of_their_company(office: Office) -> None:
    """They see their own memos without the reason, and apply what is not on hold."""
    manager = office.person(MANAGER)
    number = issue_ad_hoc(manager, OWN, "14.00", use="Apply automatically", reason="Service issue")
    other = issue_ad_hoc(manager, "Hansa Papier", "2.00")
    home = manager.url

    page = office.person(BILLING_ADMIN)
    page.goto("/credit-memos/")
    rows = page.locator("tbody tr")
    expect(rows.filter(has_text=number)).to_be_visible()
    assert rows.filter(has_text=OWN).count() == rows.count()
    expect(page.locator("main")).not_to_contain_text(other)
    open_memo(page, number)
    expect(page.locator("main")).not_to_contain_text("Service issue")
    for word in ("Void", "Close", "Hold credit"):
        expect(page.locator(".page-head").get_by_role("link", name=word, exact=True)).to_have_count(0)
    act(page, "Apply")
    page.get_by_role("textbox", name=re.compile(f"^{number} to INV-")).first.fill("14")
    page.locator("[data-apply]").click()
    says(page, "Applied €14.00 to one invoice.")
    expect(figure(page, "Balance")).to_have_text("€0.00")

    office.watch.expected.add(404)
    assert page.goto(home).status == 404  # type: ignore[union-attr]


def test_a_developer_sees_the_lines_of_their_products_alone(office: Office) -> None:
    """No totals of the document, no other vendor's lines, no PDF, no reason."""
    page = office.person(DEVELOPER)
    page.goto("/credit-memos/")
    expect(page.get_by_role("columnheader", name="Own products")).to_be_visible()
    expect(page.get_by_role("columnheader", name="Total", exact=True)).to_have_count(0)
    page.locator("[data-row-link]").first.click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    expect(page.get_by_role("heading", name="Lines of your products")).to_be_visible()
    for name in ("Amounts", "Totals", "Balance history", "Documents"):
        expect(page.get_by_role("region", name=name, exact=True)).to_have_count(0)
    expect(page.locator("main").get_by_text("Reason", exact=True)).to_have_count(0)
    office.watch.expected.add(403)
    assert page.goto("/companies/").status == 403  # type: ignore[union-attr]


def test_support_voids_but_does_not_create(office: Office) -> None:
    """An unused memo, with a reason; the button to create is not theirs."""
    number = issue_ad_hoc(office.person(MANAGER), "Quadrat Architekten", "5.00")
    page = office.person(SUPPORT)
    page.goto("/credit-memos/")
    expect(page.get_by_role("link", name="Create credit memo")).to_have_count(0)
    open_memo(page, number)
    expect(page.locator(".page-head").get_by_role("link", name="Close", exact=True)).to_have_count(0)
    act(page, "Void")
    dialog = page.get_by_role("dialog", name=f"Void {number}")
    dialog.get_by_label("Reason").fill("The customer wrote twice.")
    dialog.get_by_role("button", name="Void credit memo").click()
    says(page, f"{number} has been voided.")


def test_a_large_memo_takes_two_people(office: Office) -> None:
    """Its maker can't approve it; a second person does, and it gets its number then."""
    manager, second = office.person(MANAGER), office.person(SECOND)
    waiting = ask_for(manager, "Uckermark Holz", "750.00")
    manager.goto(waiting)
    expect(manager.get_by_text("You made this request, so another person must decide.")).to_be_visible()
    expect(manager.get_by_role("link", name="Approve", exact=True)).to_have_count(0)

    second.goto(waiting)
    act(second, "Approve")
    second.get_by_role("dialog").get_by_role("button", name="Approve", exact=True).click()
    says(second, re.compile("Approved"))
    second.get_by_role("region", name="Details").or_(second.locator("main")).first.wait_for()
    number = second.get_by_role("link", name=NUMBER).first.inner_text()
    open_memo(second, number)
    assert minor(figure(second, "Total").inner_text()) == 75000

    waiting = ask_for(manager, "Uckermark Holz", "760.00")
    second.goto(waiting)
    act(second, "Reject")
    second.get_by_role("dialog").get_by_label("Reason").fill("Please attach the ticket.")
    second.get_by_role("dialog").get_by_role("button", name="Reject", exact=True).click()
    says(second, "The request has been rejected.")


def ask_for(page: Page, company: str, amount: str) -> str:
    """Send a memo over the threshold, and open the request; gives its address."""
    issue_ad_hoc(page, company, amount, is_asked=True)
    page.get_by_role("link", name="See the request").click()
    page.wait_for_url(re.compile(r"/approvals/\d+/$"))
    return page.url


def test_finance_closes_a_period(office: Office) -> None:
    """The settings are theirs to read; the period is theirs to close, and not the manager's."""
    page = office.person(FINANCE)
    page.goto("/settings/")
    expect(page.get_by_text("You can read these settings.")).to_be_visible()
    page.get_by_role("region", name="Closed periods").get_by_role("link", name=re.compile("Close")).first.click()
    dialog = page.get_by_role("dialog", name=re.compile("Close a period"))
    dialog.get_by_label("Closed through").fill("2026-01-31")
    dialog.get_by_role("button", name="Close the period").click()
    expect(page.get_by_role("region", name="Closed periods")).to_contain_text("Jan 31, 2026")

    manager = office.person(MANAGER)
    manager.goto("/settings/")
    expect(manager.get_by_role("region", name="Closed periods")).to_contain_text("Jan 31, 2026")
    expect(manager.get_by_role("region", name="Closed periods").get_by_role("link")).to_have_count(0)
    assert heading(manager)
