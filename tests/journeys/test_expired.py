"""A page that was open too long: what was typed on it is not lost, in a form of its own or over a page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.office import MANAGER, PASSWORD, Office, sign_in
from tests.journeys.pages import act, issue_ad_hoc, says

pytestmark = pytest.mark.journey


def sign_out_elsewhere(page: Page) -> None:
    """In another tab of the same browser."""
    other = page.context.new_page()
    other.goto("/companies/")
    other.locator("details.member summary").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
    other.close()


def test_an_expired_page_keeps_its_text(office: Office) -> None:
    """Signed out meanwhile: the form asks to sign in, shows what was typed, and is sent by a press, once."""
    office.watch.expected.add(403)
    page = office.window()
    sign_in(page, MANAGER)
    page.goto("/companies/add/")
    page.get_by_label("Name", exact=True).fill("Night Owl & Söhne")
    sign_out_elsewhere(page)
    page.locator("main form button.btn-primary").click()
    expect(page.get_by_text("what you typed is kept")).to_be_visible()
    page.get_by_label("E-mail address").fill(f"{MANAGER}@demo.example")
    page.get_by_label("Password").fill("not the one")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator("dl.typed dd")).to_have_text("Night Owl & Söhne")
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("heading", name="Night Owl & Söhne", level=1)).to_be_visible()
    page.goto("/companies/?q=Night+Owl")
    expect(page.locator("tbody tr")).to_have_count(1)


def test_a_dialog_and_a_new_session_keep_it_too(office: Office) -> None:
    """Signed out and in again in another tab: the dialog's text is sent on a press."""
    office.watch.expected.add(403)
    page = office.window()
    sign_in(page, MANAGER)
    number = issue_ad_hoc(page, "Taunus Optik", "4.00")
    act(page, "Void")
    dialog = page.get_by_role("dialog", name=f"Void {number}")
    dialog.get_by_label("Reason").fill("Issued twice overnight.")
    sign_out_elsewhere(page)
    other = page.context.new_page()
    sign_in(other, MANAGER)
    other.close()
    dialog.locator("button.btn-danger").click()
    expect(page.locator("dl.typed dd")).to_have_text("Issued twice overnight.")
    page.get_by_role("button", name="Send again").click()
    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    says(page, f"{number} has been voided.")
    expect(page.locator("main")).to_contain_text("Issued twice overnight.")
