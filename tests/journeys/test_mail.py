"""A customer's mail: it really arrives, with the PDF, once."""

import re
from io import BytesIO

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.journeys.office import MANAGER, SECOND, Office
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
    until(lambda: subjects(mail_server).count(f"For Alpenblick: {number}") == len(PEOPLE), 60)
    mail_by_hand(page, mail_server, number)

    page.goto(f"/mails/?q={number}")
    page.get_by_role("link", name="anna@demo.example").last.click()
    expect(page.get_by_role("heading", name="anna@demo.example", level=1)).to_be_visible()
    expect(page.get_by_role("region", name="Attempts")).to_contain_text("250 OK")
    expect(page.get_by_role("link", name=f"{number}.pdf")).to_be_visible()
    page.get_by_role("link", name="Alpenblick", exact=True).click()
    page.get_by_label("Use this text").uncheck()
    page.get_by_role("button", name="Save", exact=True).click()
    says(page, "Alpenblick is saved and not in use.")


def test_requests_are_mailed_and_decided_together(office: Office, mail_server: MailServer) -> None:
    """Above the limit the button asks; who decides is mailed, approves both from the list, and who asked is told."""
    manager, second = office.person(MANAGER), office.person(SECOND)
    titles = [issue_ad_hoc(manager, "Alpenblick Logistik", amount, is_asked=True) for amount in ("5100.00", "5200.00")]
    assert len(titles) == 2
    until(lambda: len(asked_of(mail_server, SECOND)) == 2, 60)
    second.goto("/credit-memos/approvals/")
    for amount in ("5,100.00", "5,200.00"):
        second.get_by_role("row").filter(has_text=amount).get_by_role("checkbox").check()
    second.get_by_role("button", name="Approve", exact=True).click()
    expect(second.get_by_role("heading", name="Approve 2 requests", level=1)).to_be_visible()
    second.get_by_role("button", name="Approve requests", exact=True).click()
    says(second, "2 requests were decided.")
    expect(second.get_by_role("row").filter(has_text="Approved. CM-")).to_have_count(2)
    until(lambda: len([subject for subject in subjects(mail_server) if subject.startswith("Approved: ")]) == 2, 60)


def asked_of(mail_server: MailServer, person: str) -> list[Received]:
    """What somebody was asked to approve by mail; each says where."""
    mine = [mail for mail in mail_server.received if mail.recipients == [f"{person}@demo.example"]]
    found = [mail for mail in mine if "asks for approval: Issue draft" in str(mail.message["Subject"])]
    assert all("/credit-memos/approvals/" in mail.message.get_content() for mail in found)
    return found


def mail_by_hand(page: Page, mail_server: MailServer, number: str) -> None:
    """From the document's page, once more to one of those who got it."""
    before = subjects(mail_server).count(f"For Alpenblick: {number}")
    page.get_by_role("link", name="Send by mail…").click()
    dialog = page.get_by_role("dialog")
    for name in ("ben@demo.example", "billing@alpenblick.demo.example"):
        dialog.get_by_role("checkbox", name=name).uncheck()
    dialog.get_by_role("button", name="Send", exact=True).click()
    says(page, "1 mail is on its way.")
    until(lambda: subjects(mail_server).count(f"For Alpenblick: {number}") == before + 1, 60)


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

    page.get_by_label("Name", exact=True).fill("Alpenblick")
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
