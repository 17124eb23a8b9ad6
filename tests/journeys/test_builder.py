"""The Document Builder from end to end: copy a design, change it beside its preview, publish, issue, mail, roll back."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import issue_ad_hoc, pdf_of, says, text_of
from tests.journeys.test_mail import attached, switch_on
from tests.support.smtp import MailServer
from tests.support.work import until

pytestmark = pytest.mark.journey

COMPANY = "Orchidée"
OWN = "Our credit note"


def test_a_template_of_ones_own(office: Office, mail_server: MailServer) -> None:
    """What prints changes with the publishing and back with the product's design; each document keeps its own."""
    page = office.person(MANAGER)
    begin(page)
    write(page)
    publish(page)
    switch_on(page, "Credit memo PDF created")
    number = issue_ad_hoc(page, COMPANY, "6.00")
    memo = page.url
    until(lambda: any(number in str(mail.message["Subject"]) for mail in mail_server.received), 60)
    mails = [mail for mail in mail_server.received if number in str(mail.message["Subject"])]
    assert all(OWN in text_of(attached(mail)) for mail in mails)

    roll_back(page)
    later = issue_ad_hoc(page, COMPANY, "6.50")
    assert OWN not in text_of(pdf_of(page)), later
    page.goto(memo)
    assert OWN in text_of(pdf_of(page))


def begin(page: Page) -> None:
    """From the builder, a copy of the classic design."""
    page.goto("/settings/")
    page.get_by_role("navigation").get_by_role("link", name="Document Builder", exact=True).click()
    page.get_by_role("link", name="Copy Classic").click()
    page.get_by_label("Document type").select_option("Credit memo")
    page.get_by_label("Language", exact=True).and_(page.locator("select")).select_option("French")
    page.get_by_role("textbox", name="Name").fill("House style")
    page.get_by_role("button", name="Create template").click()
    expect(page.get_by_role("heading", name="House style", level=1)).to_be_visible()


def write(page: Page) -> None:
    """Change the title; a mistake is told with its line, a variable comes at a click, nothing is lost."""
    status = page.locator("#preview-status")
    source = page.get_by_label("Source")
    expect(status).to_contain_text("Pages: 1.")
    mine = source.input_value().replace(">Avoir<", f">{OWN}<")
    assert OWN in mine
    source.fill(mine.replace("{{ number }}", "{{ numbr }}", 1))
    expect(status).to_have_text("Line 4: 'numbr' is undefined")
    source.fill(mine)
    expect(status).to_contain_text("Pages: 1.")
    source.press("ControlOrMeta+End")
    page.get_by_role("button", name="currency", exact=True).click()
    expect(source).to_have_value(re.compile(r"\{\{ currency \}\}$"))
    source.fill(mine)
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.get_by_label("As", exact=True).select_option("Void copy")
    expect(status).to_contain_text("Pages: 1.")
    page.get_by_role("button", name="Save draft").click()
    says(page, "The draft is saved.")


def publish(page: Page) -> None:
    """Look at what changes, and publish."""
    page.get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("It renders: the sample takes one page.")).to_be_visible()
    expect(page.get_by_role("region", name=re.compile("^Changes against Classic"))).to_contain_text(OWN)
    page.get_by_label("What changed").fill("Our own words")
    page.get_by_role("button", name="Publish", exact=True).click()
    says(page, "House style, version 1 is used from now on.")


def roll_back(page: Page) -> None:
    """Let the product decide again."""
    page.goto("/documents/builder/")
    page.get_by_role("link", name="Back to the built-in design Credit memo, French").click()
    page.get_by_label("Reason").fill("Only a try")
    page.get_by_role("button", name="Use the built-in design").click()
    says(page, "The built-in design is used from now on.")
