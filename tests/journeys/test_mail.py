"""A customer's mail: it really arrives, with the PDF, once."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import issue_ad_hoc, pdf_of, says, text_of
from tests.support.smtp import MailServer, Received
from tests.support.work import until

pytestmark = pytest.mark.journey

PEOPLE = {"anna@demo.example", "ben@demo.example", "billing@alpenblick.demo.example"}
"""The company's two who look after its bills, and its billing address."""


def test_a_new_memo_is_mailed_once_with_its_pdf(office: Office, mail_server: MailServer) -> None:
    """Memo mail is off until the marketplace switches it on; then its PDF goes to the company's admins."""
    page = office.person(MANAGER)
    switch_on(page, "Credit memo PDF created")
    first, second = (issue_ad_hoc(page, "Alpenblick Logistik", amount) for amount in ("4.00", "4.50"))
    sent = page.get_by_role("region", name="Deliveries").get_by_role("listitem").filter(has_text="Sent")

    pdf_of(page)  # Waits for it; the mail follows.

    def all_sent() -> bool:
        page.reload()
        return sent.count() == len(PEOPLE)

    until(all_sent, 60)

    for number in (first, second):
        mails = [mail for mail in mail_server.received if number in str(mail.message["Subject"])]
        assert sorted(address for mail in mails for address in mail.recipients) == sorted(PEOPLE)
        for mail in mails:
            assert number in text_of(attached(mail))


def switch_on(page: Page, name: str) -> None:
    """Have one kind of mail sent, on the settings page, and see that it is."""
    page.goto("/settings/")
    page.get_by_role("navigation").get_by_role("link", name="Notifications", exact=True).click()
    kind = page.get_by_role("group", name=name)
    expect(kind).to_contain_text("Off")
    kind.get_by_label("Send this mail").check()
    page.get_by_role("button", name="Save", exact=True).click()
    says(page, "1 notification is changed.")
    expect(kind).to_contain_text("On")


def attached(mail: Received) -> PdfReader:
    """The PDF of a mail, which holds exactly one."""
    (part,) = mail.message.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    assert re.fullmatch(r"CM-\d{4}-\d+\.pdf", str(part.get_filename()))
    return PdfReader(BytesIO(part.get_content()))
