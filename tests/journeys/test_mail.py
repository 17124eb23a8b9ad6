"""A customer's mail: it really arrives, with the PDF, once."""

import re
import subprocess
import sys
from io import BytesIO

import pytest
from pypdf import PdfReader

from tests.journeys.office import MANAGER, Office
from tests.journeys.pages import issue_ad_hoc, pdf_of, text_of
from tests.support.smtp import MailServer, Received
from tests.support.stack import ROOT, Stack
from tests.support.work import until

pytestmark = pytest.mark.journey

SWITCH_ON = """
from django.utils import timezone
from companies.models import Membership
from core.actors import Actor
from notifications import operations
from notifications.kinds import kind_called
who = Membership.objects.select_related("user", "company").get(user__email="mara@demo.example")
actor = Actor(marketplace_id=who.company.marketplace_id, label=who.user.name, user_id=who.user_id, company_id=who.company_id)
operations.decide(kind=kind_called("credit_memo_pdf_created"), enabled=True, attach_pdf=True, cc=[], actor=actor, now=timezone.now())
"""
PEOPLE = {"anna@demo.example", "ben@demo.example", "billing@alpenblick.demo.example"}
"""The company's two who look after its bills, and its billing address."""


def test_a_new_memo_is_mailed_once_with_its_pdf(office: Office, stack: Stack, mail_server: MailServer) -> None:
    """Memo mail is off until the marketplace switches it on; then its PDF goes to the company's admins."""
    switch = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SWITCH_ON]
    subprocess.run(switch, cwd=ROOT, env=stack.env | {"OFFSET_BROKER_URL": "none"}, check=True, timeout=60)
    page = office.person(MANAGER)
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


def attached(mail: Received) -> PdfReader:
    """The PDF of a mail, which holds exactly one."""
    (part,) = mail.message.iter_attachments()
    assert part.get_content_type() == "application/pdf"
    assert re.fullmatch(r"CM-\d{4}-\d+\.pdf", str(part.get_filename()))
    return PdfReader(BytesIO(part.get_content()))
