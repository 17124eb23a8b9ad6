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


def test_own_words_are_written_tried_and_sent(office: Office, mail_server: MailServer) -> None:
    """The default is copied and changed beside its preview, tried by mail, used where its condition holds."""
    page = office.person(MANAGER)
    switch_on(page, "Credit memo PDF created")
    write_own(page, mail_server)
    number = issue_ad_hoc(page, "Alpenblick Logistik", "5.00")
    until(lambda: f"For Alpenblick: {number}" in subjects(mail_server), 60)

    page.goto(f"/mails/?q={number}")
    page.get_by_role("link", name="anna@demo.example").click()
    expect(page.get_by_role("heading", name="anna@demo.example", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Attempts")).to_contain_text("250 OK")
    expect(page.get_by_role("link", name=f"{number}.pdf")).to_be_visible()
    page.get_by_role("link", name="Alpenblick", exact=True).click()
    page.get_by_label("Use this text").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    says(page, "Alpenblick is saved and not in use.")


def write_own(page: Page, mail_server: MailServer) -> None:
    """From the kind's page: copy the default, change its subject beside the preview, try it by mail, and put it to use."""
    page.get_by_role("link", name="New text English").click()
    preview = page.get_by_role("region", name="Preview")
    expect(preview).to_contain_text("Credit memo CM-2026-00042 from")
    page.get_by_label("Subject").fill("For Alpenblick: {{ number }}")
    expect(preview).to_contain_text("For Alpenblick: CM-2026-00042")
    page.get_by_label("Subject").fill("For Alpenblick: {{ numer }}")
    expect(preview).to_contain_text("Line 1: ")
    page.get_by_label("Subject").fill("For Alpenblick: {{ number }}")
    page.get_by_role("button", name="Send me a test").click()
    says(page, "A test is on its way to mara@demo.example.")
    until(lambda: "[Test] For Alpenblick: CM-2026-00042" in subjects(mail_server), 60)

    page.get_by_label("Name").fill("Alpenblick")
    page.get_by_label("Use this text").check()
    page.get_by_label("Parameter 1").select_option("Company")
    page.get_by_label("Comparison 1").select_option("contains")
    page.get_by_label("Value 1").fill("alpenblick")
    page.get_by_role("button", name="Save", exact=True).click()
    says(page, "Alpenblick is saved and in use.")


def subjects(mail_server: MailServer) -> list[str]:
    """What has arrived."""
    return [str(mail.message["Subject"]) for mail in mail_server.received]


def switch_on(page: Page, name: str) -> None:
    """Have one kind of mail sent, on its settings page, and see that it is."""
    page.goto("/settings/")
    page.get_by_role("navigation").get_by_role("link", name="Notifications", exact=True).click()
    page.get_by_role("link", name=name, exact=True).click()
    page.get_by_label("Send this mail").check()
    page.get_by_role("button", name="Save", exact=True).click()
    says(page, "Saved. This mail is now on.")


def attached(mail: Received) -> PdfReader:
    """The PDF of a mail, which holds exactly one."""
    (part,) = mail.message.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    assert re.fullmatch(r"CM-\d{4}-\d+\.pdf", str(part.get_filename()))
    return PdfReader(BytesIO(part.get_content()))
