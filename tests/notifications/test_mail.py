"""From a stored PDF to a mail in somebody's box: who gets it, in which words, and once."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.utils import translation
from pypdf import PdfReader

from core import outbox
from core.models import OutboxJob
from documents.domain.kinds import Content
from notifications import operations
from notifications.domain.kinds import all_kinds, kind_called
from notifications.mail import defaults
from notifications.models import Delivery
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, make_market
from tests.support.kinds import content, only_kind
from tests.support.outbox import drain, end_leases
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    market = make_market("north")
    for company in (market.acme, market.reseller):
        company.language = "en"
        company.save()
    return market


@pytest.fixture
def printed(north: Market) -> Content:
    """What the document prints; a test may change it before it is issued."""
    return content(company_id=north.acme.pk, languages=["en"])


@pytest.fixture(autouse=True)
def kind(printed: Content) -> Iterator[None]:
    with only_kind(printed):
        yield


def switch_on(market: Market, name: str = "credit_memo_pdf_created", **changes: Any) -> None:
    given = {"enabled": True, "attach_pdf": True, "cc": [], **changes}
    operations.decide(kind=kind_called(name), actor=market.actor(), now=NOW, **given)


def happens(market: Market, topic: str = "thing.issued", *, bulk: bool = False) -> None:
    where, payload = market.marketplace.pk, {"thing_id": 7}
    with transaction.atomic():
        outbox.publish(topic=topic, key="7", marketplace_id=where, payload=payload, now=NOW, bulk=bulk)
    drain()


def addresses(mails: MailServer) -> list[str]:
    return sorted(address for mail in mails.received for address in mail.recipients)


def test_memo_mail_is_off_until_switched_on(north: Market, mails: MailServer) -> None:
    happens(north)
    assert mails.received == []
    assert not Delivery.objects.exists()


def test_the_payers_admins_get_the_pdf(north: Market, mails: MailServer) -> None:
    switch_on(north)
    happens(north)
    assert addresses(mails) == ["billing.admin.north@example.com", "company.admin.north@example.com"]
    message = mails.received[0].message
    assert message["Subject"] == "Credit memo CM-2026-00042 from Nordmarkt GmbH"
    assert message["From"] == "Nordmarkt <billing@nordmarkt.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "credit memo CM-2026-00042 for 963.90\u00a0EUR to Brünn & Söhne" in text
    assert "It credits invoice INV-2026-00017 of May 1, 2026." in text
    assert "Danke für Ihre Geduld." in text
    (attached,) = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("CM-2026-00042.pdf", "application/pdf")
    assert "CM-2026-00042" in PdfReader(io.BytesIO(attached.get_content())).pages[0].extract_text()


def test_each_mail_is_written_down(north: Market, mails: MailServer) -> None:
    switch_on(north)
    happens(north)
    for delivery in Delivery.objects.all():
        assert (delivery.state, delivery.attempts, delivery.answer) == ("sent", 1, "250 OK")
        assert delivery.sent_at is not None
        assert (delivery.subject_kind, delivery.subject_id, delivery.language) == ("credit_memo", 7, "en")
    written = {str(mail.message["Message-ID"]) for mail in mails.received}
    assert written == set(Delivery.objects.values_list("message_id", flat=True))
    assert all(identifier.endswith("@nordmarkt.example>") for identifier in written)


def test_the_billed_user_gets_it_only_as_a_member_of_the_payer(
    north: Market, mails: MailServer, printed: Content
) -> None:
    printed["user_id"] = north.user("user").pk
    switch_on(north)
    happens(north)
    assert "user.north@example.com" in addresses(mails)


def test_a_resellers_memo_is_hidden_from_its_customers_people(
    north: Market, mails: MailServer, printed: Content
) -> None:
    printed["company_id"] = north.reseller.pk
    printed["user_id"] = north.user("client_admin").pk
    switch_on(north)
    happens(north)
    assert addresses(mails) == ["reseller.north@example.com"]


def test_everybody_reads_their_own_language(north: Market, mails: MailServer) -> None:
    member = MembershipFactory.create(
        company=north.acme, roles=["billing_admin"], user__name="Anna Alt", language="de-AT"
    )
    switch_on(north)
    happens(north)
    subjects = {mail.recipients[0]: str(mail.message["Subject"]) for mail in mails.received}
    assert subjects[member.user.email] == "Gutschrift CM-2026-00042 von Nordmarkt GmbH"
    assert subjects["billing.admin.north@example.com"].startswith("Credit memo ")


def test_copies_and_the_billing_address_get_one_each(north: Market, mails: MailServer) -> None:
    north.acme.billing_email = "Accounts@acme.example"
    north.acme.save()
    switch_on(north, cc=["archive@nordmarkt.example", "accounts@ACME.example"])
    happens(north)
    assert addresses(mails) == [
        "Accounts@acme.example",
        "archive@nordmarkt.example",
        "billing.admin.north@example.com",
        "company.admin.north@example.com",
    ]


def test_people_who_left_get_nothing(north: Market, mails: MailServer) -> None:
    north.people["company_admin"].membership.is_active = False
    north.people["company_admin"].membership.save()
    north.user("billing_admin").is_active = False
    north.user("billing_admin").save()
    switch_on(north)
    happens(north)
    assert mails.received == []


def test_the_pdf_can_stay_at_home(north: Market, mails: MailServer, settings: Any) -> None:
    settings.PUBLIC_URL = "https://offset.example"
    switch_on(north, attach_pdf=False)
    happens(north)
    message = mails.received[0].message
    assert list(message.iter_attachments()) == []
    assert "https://offset.example" in message.get_content()


def test_an_events_mail_goes_once_however_often_it_is_delivered(north: Market, mails: MailServer) -> None:
    switch_on(north)
    happens(north)
    OutboxJob.objects.update(done_at=None, attempts=0)  # everything is handed out once more
    end_leases()
    drain()
    assert not OutboxJob.objects.open().exists()
    assert len(mails.received) == 2
    assert Delivery.objects.count() == 2


@pytest.mark.parametrize("bulk", [True, False])
def test_what_a_run_brings_is_mailed_behind_what_people_did(north: Market, mails: MailServer, bulk: bool) -> None:
    switch_on(north)
    happens(north, bulk=bulk)
    assert set(OutboxJob.objects.filter(topic="mail.queued").values_list("bulk", flat=True)) == {bulk}


def test_a_void_copy_is_mailed_as_such(north: Market, mails: MailServer, printed: Content) -> None:
    switch_on(north)
    happens(north)
    mails.received.clear()
    printed["voided_on"] = "2026-06-02"
    happens(north, "thing.voided")
    message = mails.received[0].message
    assert message["Subject"] == "Credit memo CM-2026-00042 is void"
    (attached,) = message.iter_attachments()
    assert "VOID" in PdfReader(io.BytesIO(attached.get_content())).pages[0].extract_text()


def test_a_later_version_is_not_mailed_by_itself(north: Market, mails: MailServer) -> None:
    switch_on(north)
    happens(north)
    payload = {"kind": "credit_memo", "document_id": 7, "purpose": "original"}
    with transaction.atomic():
        outbox.publish(
            topic="document.requested", key="x", marketplace_id=north.marketplace.pk, payload=payload, now=NOW
        )
    drain()
    assert len(mails.received) == 2


@pytest.mark.parametrize("name", ["A\r\nBcc: all@example.com", "Grün\u2028Bcc: x", "\u202eevil", "x" * 400])
def test_names_cannot_break_the_headers(north: Market, mails: MailServer, printed: Content, name: str) -> None:
    printed["merchant"] = {**printed["merchant"], "name": name}
    switch_on(north)
    happens(north)
    subject = str(mails.received[0].message["Subject"])
    assert subject.startswith("Credit memo CM-2026-00042 from ")
    assert len(subject) <= 250
    assert mails.received[0].message["Bcc"] is None
    assert "\u202e" not in subject


def test_invoices_are_mailed_by_default(north: Market, mails: MailServer) -> None:
    printed = content(company_id=north.acme.pk, languages=["fr"], number="INV-9", due_date="2026-06-14", source=None)
    with only_kind(printed, "invoice", topics="bill"):
        with transaction.atomic():
            outbox.publish(
                topic="bill.issued", key="9", marketplace_id=north.marketplace.pk, payload={"thing_id": 9}, now=NOW
            )
        drain()
    (subject,) = {str(mail.message["Subject"]) for mail in mails.received}
    assert subject == "Facture INV-9 de Nordmarkt GmbH"


def test_every_kind_has_its_texts_in_three_languages() -> None:
    for kind in all_kinds():
        assert defaults.languages(kind.name) == ["de", "en", "fr"]
        with translation.override("de"):
            assert str(kind.label)
