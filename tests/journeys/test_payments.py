"""Money in the browser: a cheque over three invoices with a surplus, then taken off one of them, which is voided."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import act, figure, heading, minor, says

pytestmark = pytest.mark.journey
COMPANY, SURPLUS = "Ysenburg Porzellan", 12_34


def test_a_cheque_pays_three_invoices_and_is_taken_off_one_that_is_voided(office: Office) -> None:
    """Record with the rest following, see the surplus, take off with a confirmation, void."""
    page = office.person(MANAGER)
    dues = record_cheque(page)
    payment, invoices = heading(page), list(dues)
    moves = page.get_by_role("region", name="Invoices and returns").first.get_by_role("row")
    for invoice in invoices:
        expect(moves.filter(has_text=invoice)).to_be_visible()

    first = invoices[0]
    moves.filter(has_text=first).get_by_role("link", name="Take off").click()
    dialog = page.get_by_role("dialog", name=f"Take {payment} off {first}")
    reason = dialog.get_by_label("Reason")
    reason.fill(" ")
    reason.evaluate("box => { box.style.height = '150px'; }")  # As one drags it: no style may come with the answer.
    dialog.get_by_label(re.compile("becomes unpaid")).check()
    dialog.get_by_role("button", name="Take off").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Reason: This field is required.")
    reason.fill("Meant for another order.")
    dialog.get_by_role("button", name="Take off").click()
    says(page, f"has been taken off {first} and is on account.")
    assert minor(figure(page, "On account").inner_text()) == dues[first] + SURPLUS

    page.get_by_role("link", name=first, exact=True).first.click()
    expect(page.get_by_role("region", name="Payments").first).to_contain_text("(taken off)")
    void(page, first)


def record_cheque(page: Page) -> dict[str, int]:
    """Pay three invoices of a company, and more; what was due on each, in minor units, by its number."""
    page.goto("/payments/")
    page.get_by_role("link", name="Record payment", exact=True).first.click()
    page.get_by_role("combobox", name="Company").press_sequentially(COMPANY[:5])
    page.get_by_role("option", name=COMPANY).first.click()
    boxes = page.get_by_role("textbox", name=re.compile("^Amount for INV-"))
    expect(boxes.nth(2)).to_be_visible()
    names = [str(boxes.nth(at).get_attribute("aria-label")) for at in range(3)]
    due = page.locator(".desk-now")
    dues = {name.removeprefix("Amount for "): minor(due.nth(at).inner_text()) for at, name in enumerate(names)}
    page.get_by_label("Amount", exact=True).fill(f"{(sum(dues.values()) + SURPLUS) / 100:.2f}")
    page.get_by_label("Means").select_option("Cheque")
    for invoice, amount in dues.items():
        page.get_by_role("textbox", name=f"Amount for {invoice}").fill(f"{amount / 100:.2f}")
    expect(page.locator("#desk-sums")).to_contain_text("€12.34")
    page.get_by_label("Leave the rest on account").check()
    page.get_by_role("button", name="Record payment", exact=True).click()
    says(page, "€12.34 is on account.")
    expect(figure(page, "On account")).to_have_text("€12.34")
    return dues


def void(page: Page, invoice: str) -> None:
    """Nothing stands in the way once no money is on it; above the member's limit a second person is asked."""
    act(page, "Void")
    dialog = page.get_by_role("dialog", name=f"Void {invoice}")
    dialog.get_by_label("Reason").fill("Ordered by mistake.")
    dialog.get_by_role("button", name=re.compile("^(Void invoice|Request approval)$")).click()
    says(page, re.compile(f"{invoice} has been voided|Sent for approval: void {invoice}", re.IGNORECASE))
