"""A customer whose credit is on hold: sees it, learns whom to ask, and applies it once it is released."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.office import BILLING_ADMIN, MANAGER, Office
from tests.journeys.pages import act, figure, issue_ad_hoc, open_memo
from tests.journeys.test_roles import OWN

pytestmark = pytest.mark.journey


def test_a_customer_learns_why_credit_is_not_theirs_to_apply(office: Office) -> None:
    manager, customer = office.person(MANAGER), office.person(BILLING_ADMIN)
    number = issue_ad_hoc(manager, OWN, "9.00", use="Hold credit", reason="Service issue")
    open_memo(customer, number)
    expect(customer.locator(".page-head")).to_contain_text("On hold")
    notice = customer.locator("main .notice").filter(has_text="This credit is on hold, so it can't be applied.")
    expect(notice).to_contain_text(re.compile(r"Ask .+ to release it"))
    expect(customer.locator("main")).not_to_contain_text("Service issue")
    expect(customer.locator(".page-head").get_by_role("link", name="Apply", exact=True)).to_have_count(0)
    home = customer.url

    office.watch.expected.add(403)
    assert customer.goto(f"{home}apply/").status == 403  # type: ignore[union-attr]
    expect(customer.get_by_text("This credit is on hold, so it can't be applied.")).to_be_visible()
    customer.get_by_role("link", name="Back", exact=True).click()
    expect(customer.get_by_role("heading", name=number, level=1)).to_be_visible()

    act(manager, "Release hold")
    manager.get_by_role("dialog").locator("form button").click()
    expect(manager.locator(".page-head")).not_to_contain_text("On hold")
    customer.reload()
    expect(notice).to_have_count(0)
    if figure(customer, "Balance").inner_text() != "€0.00":  # Released credit goes to what is open by itself.
        act(customer, "Apply")
        expect(customer.get_by_role("heading", name=f"Apply {number}", level=1)).to_be_visible()
