"""The main job: credit an invoice, use credit, see where it went, void and close."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.office import FINANCE, MANAGER, Office, sign_in
from tests.journeys.pages import (
    act,
    fact,
    figure,
    focused,
    heading,
    issue_ad_hoc,
    minor,
    open_memo,
    open_unpaid_invoice,
    pdf_of,
    says,
    text_of,
)

pytestmark = pytest.mark.journey


def test_a_manager_credits_an_invoice_and_gets_the_pdf(office: Office) -> None:
    """Sign in, credit a line by amount with the sums following, see the memo, its history and its PDF."""
    page = office.window()
    sign_in(page, MANAGER)
    invoice = open_unpaid_invoice(page)
    due = minor(figure(page, "Due").inner_text())
    company = figure(page, "Company").inner_text()
    act(page, "Credit invoice")

    box = page.get_by_role("textbox", name=re.compile("^Credit of")).first
    box.fill("12.00")
    sums = page.get_by_role("complementary", name="Credit memo", exact=True)
    expect(fact(sums, "Subtotal")).to_have_text("€12.00")
    total = minor(fact(sums, "Total").inner_text())
    assert total >= 1200
    page.get_by_label("Reason", exact=True).select_option("Downgrade")
    page.get_by_role("radio", name=re.compile(f"^Apply .*{invoice} now")).check()
    page.get_by_role("button", name="Issue credit memo", exact=True).click()

    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    number = heading(page)
    assert minor(figure(page, "Total").inner_text()) == total
    assert minor(figure(page, "Applied").inner_text()) == total
    assert minor(figure(page, "Balance").inner_text()) == 0
    history = page.get_by_role("region", name="Balance history").first.get_by_role("row")
    expect(history.filter(has_text="Issued")).to_contain_text("Mara Lindqvist")
    expect(history.filter(has_text=invoice)).to_be_visible()

    text = text_of(pdf_of(page))
    assert number in text
    assert company in text
    assert f"{total / 100:,.2f}" in text or f"{total / 100:.2f}".replace(".", ",") in text

    history.get_by_role("link", name=invoice).click()
    expect(figure(page, "Due")).to_have_text(f"€{(due - total) / 100:,.2f}")


def test_credit_is_applied_across_two_invoices_with_the_keyboard_alone(office: Office) -> None:
    """From the memo: `a`, amounts with Enter and arrows, remainders that follow, Ctrl-Enter; never the mouse."""
    page = office.person(MANAGER)
    number = issue_ad_hoc(page, "Lindner Verlag", "7.50")
    page.keyboard.press("a")
    page.wait_for_url(re.compile("/apply/$"))
    boxes = page.get_by_role("textbox", name=re.compile(f"^{number} to INV-"))
    assert boxes.count() > 1, "the demo has customers with several open invoices"
    invoices = [str(boxes.nth(at).get_attribute("aria-label")).split()[-1] for at in (0, 1)]

    page.keyboard.press("5")  # A digit goes into the first box.
    page.keyboard.press("Enter")
    page.keyboard.type("2.25")
    left = page.locator("main").get_by_role("definition").filter(has=page.locator("output[id^=left-]"))
    expect(left).to_have_text("€0.25")
    expect(fact(page.locator("main"), "To apply")).to_have_text("€7.25")
    page.keyboard.press("ArrowUp")
    assert focused(page).endswith(invoices[0])
    page.keyboard.press("Control+Enter")

    page.wait_for_url(re.compile(r"/credit-memos/\d+/$"))
    says(page, "Applied €7.25 to 2 invoices.")
    expect(figure(page, "Applied")).to_have_text("€7.25")
    expect(figure(page, "Balance")).to_have_text("€0.25")
    rows = page.get_by_role("region", name="Balance history").first.get_by_role("row")
    for invoice, amount in zip(invoices, ("(€5.00)", "(€2.25)"), strict=True):
        expect(rows.filter(has_text=invoice)).to_contain_text(amount)


def test_an_unused_memo_is_voided_with_a_reason(office: Office) -> None:
    """The dialog states number, amount and consequence; without a reason nothing happens."""
    page = office.person(MANAGER)
    number = issue_ad_hoc(page, "Eifel Maschinenbau", "11.00")
    act(page, "Void")
    dialog = page.get_by_role("dialog", name=f"Void {number}")
    expect(dialog).to_contain_text("€11.00")
    dialog.get_by_role("button", name="Void credit memo").click()
    expect(dialog.get_by_label("Reason")).to_be_focused()  # The browser itself asks for it.
    dialog.get_by_label("Reason").fill("Issued twice.")
    dialog.get_by_role("button", name="Void credit memo").click()
    says(page, f"{number} has been voided.")
    expect(page.locator(".page-head")).to_contain_text("Voided")
    expect(page.locator("main")).to_contain_text("Issued twice.")
    expect(page.locator(".page-head").get_by_role("link", name="Apply", exact=True)).to_have_count(0)

    page.goto(f"/credit-memos/?q={number}")
    expect(page.get_by_text("No credit memos match")).to_be_visible()
    page.goto(f"/credit-memos/?q={number}&include_voided=on")
    expect(page.get_by_role("link", name=number, exact=True)).to_be_visible()


def test_a_memo_is_closed_and_its_rest_written_off(office: Office) -> None:
    """Closing asks for a reason and takes what is left off."""
    page = office.person(MANAGER)
    number = issue_ad_hoc(page, "Hansa Papier", "13.00")
    act(page, "Close")
    dialog = page.get_by_role("dialog", name=f"Close {number}")
    expect(dialog).to_contain_text("€13.00 of Hansa Papier is written off")
    dialog.get_by_label("Reason").fill("Contract ended.")
    page.keyboard.press("Control+Enter")
    says(page, re.compile(f"{number} is closed"))
    expect(figure(page, "Balance")).to_have_text("€0.00")
    expect(page.locator("main")).to_contain_text("Contract ended.")


def test_a_void_overtaken_by_an_apply_is_refused_with_fresh_figures(office: Office) -> None:
    """What was typed stays; the figures are those of now."""
    manager, finance = office.person(MANAGER), office.person(FINANCE)
    number = issue_ad_hoc(manager, "Taunus Optik", "9.00")
    act(manager, "Void")
    dialog = manager.get_by_role("dialog", name=f"Void {number}")
    dialog.get_by_label("Reason").fill("Wrong customer.")

    apply_some(finance, number, "4.00")

    dialog.get_by_role("button", name="Void credit memo").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    expect(dialog.get_by_label("Reason")).to_have_value("Wrong customer.")
    expect(fact(dialog, "Applied")).to_have_text("€4.00")
    expect(fact(dialog, "Balance")).to_have_text("€5.00")
    dialog.get_by_role("button", name="Close", exact=True).click()
    manager.reload()
    expect(manager.locator(".page-head")).not_to_contain_text("Voided")


def test_the_overtaken_void_without_javascript(office: Office) -> None:
    """The same on pages of their own; afterwards an unused memo is voided the same way."""
    finance = office.person(FINANCE)
    page = office.person(MANAGER, java_script_enabled=False)
    used, unused = (issue_ad_hoc(finance, "Saar Stahl", amount) for amount in ("6.00", "8.00"))

    open_memo(page, used)
    act(page, "Void")
    expect(page.get_by_role("heading", name=f"Void {used}", level=1)).to_be_visible()
    page.get_by_label("Reason").fill("Wrong customer.")
    apply_some(finance, used, "1.00")
    page.get_by_role("button", name="Void credit memo").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("Wrong customer.")
    expect(fact(page.locator("main"), "Balance")).to_have_text("€5.00")

    open_memo(page, unused)
    act(page, "Void")
    page.get_by_label("Reason").fill("Wrong customer.")
    page.get_by_role("button", name="Void credit memo").click()
    expect(page.get_by_role("heading", name=unused, level=1)).to_be_visible()
    expect(page.locator(".page-head")).to_contain_text("Voided")


def apply_some(page: Page, number: str, amount: str) -> None:
    """Use a part of a memo on the first invoice of its desk."""
    open_memo(page, number)
    act(page, "Apply")
    page.get_by_role("textbox", name=re.compile(f"^{number} to INV-")).first.fill(amount)
    page.get_by_role("button", name="Apply", exact=False).and_(page.locator("[data-apply]")).click()
    says(page, f"Applied €{amount} to one invoice.")
