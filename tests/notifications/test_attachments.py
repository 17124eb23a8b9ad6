"""What goes along with a mail: the PDF, locked for who knows the customer, and never the password itself."""

import io
import logging
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from core.models import AuditEntry, OutboxJob
from documents.models import StoredDocument
from notifications import operations
from notifications.domain.kinds import kind_called
from notifications.mail.attachments import locked
from notifications.models import Delivery, DeliveryAttempt
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.support.outbox import drain, end_leases
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
TAX, PHRASE = "ATU 123 45678", "Möwen über Kiel 7"


@pytest.fixture
def north() -> Market:
    market = make_market("north")
    market.acme.tax_number = TAX
    market.acme.save()
    return market


def switch_on(market: Market, **changes: Any) -> None:
    given: dict[str, Any] = {"enabled": True, "attach_pdf": True, "cc": [], "audience": ["billing_admin"], **changes}
    operations.decide(kind=kind_called("credit_memo_pdf_created"), actor=market.actor(), now=NOW, **given)


def sent(mails: MailServer) -> tuple[bytes, str]:
    """The attached PDF of the only mail, and its text."""
    (mail,) = mails.received
    (attached,) = mail.message.iter_attachments()
    body = mail.message.get_body(("plain",))
    assert body is not None
    return attached.get_content(), " ".join(body.get_content().split())


@pytest.mark.parametrize(
    ("protection", "password", "hint"),
    [
        ("tax_number", "ATU12345678", "It opens with your tax number, written without blanks."),
        ("phrase", PHRASE, "It opens with the password that we agreed on."),
    ],
)
def test_the_copy_is_locked_and_the_mail_only_hints(
    north: Market, mails: MailServer, caplog: pytest.LogCaptureFixture, protection: str, password: str, hint: str
) -> None:
    caplog.set_level(logging.DEBUG)
    switch_on(north, protection=protection, phrase=PHRASE if protection == "phrase" else "")
    issue_memo(north)
    drain()
    pdf, text = sent(mails)
    reader = PdfReader(io.BytesIO(pdf))
    assert reader.is_encrypted
    assert reader.decrypt("") == 0
    assert reader.decrypt("wrong") == 0
    assert reader.decrypt(password) > 0
    assert "CM-2026-00001" in reader.pages[0].extract_text()
    encryption: Any = reader.trailer["/Encrypt"].get_object()
    assert (encryption["/V"], encryption["/R"], encryption["/Length"]) == (5, 6, 256)  # AES-256
    assert hint in text
    told = [text, caplog.text, *map(str, AuditEntry.objects.values_list("before", "after"))]
    told += map(str, [*Delivery.objects.values(), *DeliveryAttempt.objects.values(), *OutboxJob.objects.values()])
    assert not [line for line in told if password in line or TAX in line]


def test_the_stored_pdf_stays_open(north: Market, mails: MailServer, folder: Path) -> None:
    switch_on(north, protection="tax_number")
    issue_memo(north)
    drain()
    assert not PdfReader(folder / StoredDocument.objects.get().name).is_encrypted


def test_without_a_password_nothing_is_locked(north: Market, mails: MailServer) -> None:
    switch_on(north)
    issue_memo(north)
    drain()
    pdf, text = sent(mails)
    assert not PdfReader(io.BytesIO(pdf)).is_encrypted
    assert "opens with" not in text


@pytest.mark.parametrize("number", ["", "AT 12"])
def test_a_missing_tax_number_never_means_an_open_pdf(north: Market, mails: MailServer, number: str) -> None:
    north.acme.tax_number = number
    north.acme.save()
    switch_on(north, protection="tax_number")
    issue_memo(north)
    drain()
    assert mails.received == []
    mail = Delivery.objects.get()
    assert (mail.state, mail.attempts) == ("failed", 1)
    assert mail.answer == "The PDF can't be protected, so it was not sent: Acme north has no usable tax number."
    north.acme.tax_number = TAX
    north.acme.save()
    operations.resend(delivery=mail, actor=north.actor("support"), now=NOW)
    drain()
    assert PdfReader(io.BytesIO(sent(mails)[0])).is_encrypted


def test_what_was_planned_locked_is_never_sent_open(north: Market, mails: MailServer) -> None:
    mails.stop()
    switch_on(north, protection="phrase", phrase=PHRASE)
    issue_memo(north)
    drain()
    switch_on(north, protection="")
    mails.start()
    end_leases()
    drain()
    assert mails.received == []
    found = Delivery.objects.get()
    assert (found.state, found.answer[:35]) == ("failed", "The attachment or its password was ")


def test_a_mail_without_the_pdf_has_nothing_to_lock(north: Market, mails: MailServer) -> None:
    switch_on(north, protection="tax_number", attach_pdf=False)
    issue_memo(north)
    drain()
    assert Delivery.objects.get().protection == ""
    assert "opens with" not in mails.received[0].message.get_content()


def test_locking_a_page_takes_little() -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out)
    canvas.drawString(100, 100, "Hello")
    canvas.save()
    reader = PdfReader(io.BytesIO(locked(out.getvalue(), "a password")))
    assert reader.decrypt("a password") > 0
    assert "Hello" in reader.pages[0].extract_text()


@pytest.fixture
def addressed(north: Market) -> Market:
    """Both parties have what an e-invoice must name."""
    for company in (north.operator, north.acme):
        company.street, company.city, company.postal_code, company.country = "Ring 1", "Wien", "1010", "AT"
        company.tax_number = "ATU12345678"
        company.save()
    return north


def test_the_einvoice_goes_along_as_xml(addressed: Market, mails: MailServer) -> None:
    switch_on(addressed, attach_xml=True)
    issue_memo(addressed)
    drain()
    (mail,) = mails.received
    pdf, xml = mail.message.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    assert (xml.get_filename(), xml.get_content_type()) == ("CM-2026-00001.xml", "application/xml")
    text = xml.get_content().decode()
    assert "<CreditNote " in text
    assert "CM-2026-00001</cbc:ID>" in text
    assert Delivery.objects.get().remark == ""


def test_what_the_standard_cannot_say_goes_without_it_and_says_so(mails: MailServer) -> None:
    gulf = make_market("gulf", currency="KWD")  # The standard knows two decimals at most.
    switch_on(gulf, attach_xml=True)
    issue_memo(gulf)
    drain()
    assert len(list(mails.received[0].message.iter_attachments())) == 1
    mail = Delivery.objects.get()
    assert mail.state == "sent"
    assert mail.remark.startswith("No e-invoice is attached. ")
