"""The product's own documents, through their operations: issued, applied, voided, and told by mail."""

import io
from typing import Any

import pytest
from pypdf import PdfReader

from creditmemos import operations
from documents.models import StoredDocument
from notifications import operations as mail
from notifications.domain.kinds import kind_called
from notifications.models import Delivery
from tests.factories.payments import receive
from tests.factories.refunds import given_back, paid_out
from tests.factories.world import NOW, Market, apply, credit_invoice, issue_invoice, issue_memo, make_market
from tests.support.outbox import drain
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
ALL = ("credit_applied", "credit_memo_pdf_created", "credit_memo_voided", "invoice_pdf_created", "refund_processed")


@pytest.fixture
def north() -> Market:
    market = make_market("north")
    for name in ALL:
        mail.decide(
            kind=kind_called(name),
            enabled=True,
            attach_pdf=True,
            cc=[],
            actor=market.actor(),
            now=NOW,
        )
    return market


def to_admin(mails: MailServer) -> list[Any]:
    """What Acme's billing admin got, in order."""
    return [mail.message for mail in mails.received if mail.recipients == ["billing.admin.north@example.com"]]


def text_of(message: Any) -> str:
    (attached,) = message.iter_attachments()
    pages = PdfReader(io.BytesIO(attached.get_content())).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_an_invoice_and_its_credit_memo_reach_the_customer(north: Market, mails: MailServer) -> None:
    invoice = issue_invoice(north)
    drain()
    credit_invoice(north, invoice, 2500)
    drain()
    first, second = to_admin(mails)
    assert first["Subject"] == "Invoice INV-2026-00001 from Operator north"
    text = text_of(first)
    assert "INV-2026-00001" in text
    assert "120.00 EUR" in text
    assert second["Subject"] == "Credit memo CM-2026-00001 from Operator north"
    text = text_of(second)
    for expected in ("CM-2026-00001", "Credits invoice INV-2026-00001", "25.00", "5.00", "30.00 EUR", "VAT 20%"):
        assert expected in text, expected


def test_the_reason_is_never_printed(north: Market, mails: MailServer) -> None:
    issue_memo(north)
    drain()
    (message,) = to_admin(mails)
    assert "goodwill" not in text_of(message).replace("Goodwill", "", 1).lower()  # the line's own words


def test_using_credit_is_told(north: Market, mails: MailServer) -> None:
    invoice, memo = issue_invoice(north), issue_memo(north)
    drain()
    mails.received.clear()
    apply(north, memo, invoice, 3000)
    drain()
    (message,) = to_admin(mails)
    assert message["Subject"] == "30.00 EUR of your credit was applied"
    assert "30.00\u00a0EUR of credit memo CM-2026-00001 to invoice INV-2026-00001" in message.get_content()
    assert (
        Delivery.objects.get(kind="credit_applied", recipient="billing.admin.north@example.com").subject_id == memo.pk
    )


def test_a_voided_memo_is_told_with_its_void_copy(north: Market, mails: MailServer) -> None:
    memo = issue_memo(north)
    drain()
    mails.received.clear()
    operations.void(memo=memo, reason="Issued twice", actor=north.actor(), now=NOW)
    drain()
    (message,) = to_admin(mails)
    assert message["Subject"] == "Credit memo CM-2026-00001 is void"
    assert "VOID" in text_of(message)
    assert "Issued twice" not in text_of(message)


def test_a_payout_is_told(north: Market, mails: MailServer) -> None:
    memo = issue_memo(north, "77.00")
    drain()
    mails.received.clear()
    paid_out(north, memo)
    drain()
    (message,) = to_admin(mails)
    assert message["Subject"] == "Refund of 77.00 EUR from Operator north"
    assert "has paid out credit memo CM-2026-00001 of May 18, 2026 to Acme north: 77.00" in message.get_content()
    mail = Delivery.objects.filter(kind="refund_processed").first()
    assert mail is not None
    assert (mail.subject_kind, mail.subject_id, mail.number) == ("credit_memo", memo.pk, "CM-2026-00001")


def test_money_on_account_that_goes_back_is_not_told_as_that(north: Market, mails: MailServer) -> None:
    given_back(north, receive(north, 30_00, keep_on_account=True), 30_00)
    drain()
    assert not Delivery.objects.filter(kind="refund_processed").exists()


def test_a_resellers_memo_never_reaches_its_customer(north: Market, mails: MailServer) -> None:
    issue_memo(north, company=north.client)
    drain()
    assert {address for mail in mails.received for address in mail.recipients} == {"reseller.north@example.com"}


def test_yen_have_no_decimals(mails: MailServer) -> None:
    south = make_market("south", currency="JPY")
    issue_invoice(south)
    drain()
    stored = StoredDocument.objects.get()
    assert stored.marketplace == south.marketplace
    message = mails.received[0].message
    assert "120 JPY" in text_of(message)
