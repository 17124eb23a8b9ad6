"""Mailing a document by hand from its page: to whom, with a row of its own, and what is refused."""

import pytest
from django.test import Client

from billing.operations.voiding import void_invoice
from core.models import AuditEntry
from notifications.domain.kinds import kind_called
from notifications.models import BouncedAddress, Delivery
from notifications.operations import decide
from tests.factories.world import NOW, Market, issue_invoice, issue_memo
from tests.support.drafts import waiting_memo
from tests.support.outbox import drain
from tests.support.smtp import MailServer
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db
TOKEN = "0196f9a0-0000-7000-8000-000000000001"
BILLING, ADMIN = "billing.admin.north@example.com", "company.admin.north@example.com"


@pytest.fixture
def support(market: Market) -> Client:
    return client_of(market.people["support"])


def send(client: Client, address: str, *to: str, token: str = TOKEN) -> str:
    answer = client.post(address, {"token": token, "to": to}, follow=True)
    return answer.content.decode()


def test_a_document_that_was_never_mailed_goes_to_who_is_chosen(
    market: Market, mails: MailServer, support: Client
) -> None:
    """The mail of memos is off; a double click sends one."""
    memo = issue_memo(market)
    drain()
    page = f"/mails/about/credit_memo/{memo.pk}/send/"
    assert f'href="{page}"' in support.get(f"/credit-memos/{memo.pk}/").content.decode()
    dialog = support.get(page).content.decode()
    assert "Mail CM-2026-00001" in dialog
    assert dialog.count("checked") == 2
    for _click in range(2):
        assert "1 mail is on its way." in send(support, page, BILLING)
    drain()
    (mail,) = mails.received
    assert (mail.recipients, mail.message["Subject"]) == ([BILLING], "Credit memo CM-2026-00001 from Operator north")
    assert [part.get_filename() for part in mail.message.iter_attachments()] == ["CM-2026-00001.pdf"]
    row = Delivery.objects.get()
    assert (row.state, row.by_hand, row.role, row.subject_id) == ("sent", True, "billing_admin", memo.pk)
    noted = AuditEntry.objects.get(verb="notifications.mailed")
    assert (noted.kind, noted.object_id, noted.company_id) == ("credit_memo", memo.pk, market.acme.pk)
    assert noted.after == {"notification": "credit_memo_pdf_created", "recipients": [BILLING]}


def test_the_marketplaces_audience_is_chosen_already(market: Market, support: Client) -> None:
    kind = kind_called("invoice_pdf_created")
    decide(
        kind=kind, enabled=False, attach_pdf=True, cc=["copy@x.example"], audience=["billing_admin"],
        actor=market.actor(), now=NOW,
    )  # fmt: skip
    dialog = support.get(f"/mails/about/invoice/{issue_invoice(market).pk}/send/").content.decode()
    boxes = [line for line in dialog.split("<input")[1:] if 'name="to"' in line]
    assert {line.split('value="')[1].split('"')[0]: "checked" in line.split(">")[0] for line in boxes} == {
        ADMIN: False, BILLING: True, "copy@x.example": True
    }  # fmt: skip


def test_a_voided_invoice_is_mailed_as_void(market: Market, mails: MailServer, support: Client) -> None:
    """Also where the first mail never went: a person wants it."""
    invoice = issue_invoice(market)
    void_invoice(invoice=invoice, reason="Issued twice", actor=market.actor(), now=NOW)
    Delivery.objects.all().delete()
    assert "mail is on its way." in send(support, f"/mails/about/invoice/{invoice.pk}/send/", ADMIN)
    drain()
    row = Delivery.objects.get(by_hand=True)
    assert (row.state, row.kind, row.subject) == ("sent", "invoice_voided", "Invoice INV-2026-00001 is void")


def test_an_address_that_came_back_can_be_tried_by_hand(market: Market, mails: MailServer, support: Client) -> None:
    invoice = issue_invoice(market)
    drain()
    first = Delivery.objects.filter(recipient=ADMIN).get()
    BouncedAddress.objects.create(
        marketplace=market.marketplace, address=ADMIN, delivery=first, answer="550 no", since=NOW
    )
    page = f"/mails/about/invoice/{invoice.pk}/send/"
    assert "mail to this address bounced" in support.get(page).content.decode()
    send(support, page, ADMIN)
    drain()
    assert Delivery.objects.get(by_hand=True).state == "sent"
    assert BouncedAddress.objects.get().cleared_at is not None


@pytest.mark.parametrize(
    ("to", "problem"), [([], "Choose at least one recipient."), (["anna@elsewhere.example"], "Select a valid choice.")]
)
def test_nobody_else_can_be_typed(market: Market, support: Client, to: list[str], problem: str) -> None:
    invoice = issue_invoice(market)
    answer = support.post(f"/mails/about/invoice/{invoice.pk}/send/", {"token": TOKEN, "to": to})
    assert answer.status_code == 422
    assert problem in answer.content.decode()
    assert not Delivery.objects.exists()


def test_a_draft_and_a_payer_without_anybody_say_so(market: Market, support: Client) -> None:
    draft, _asked = waiting_memo(market)
    page = f"/mails/about/credit_memo/{draft.pk}/send/"
    for answer in (support.get(page), support.post(page, {"token": TOKEN, "to": [ADMIN]})):
        assert "it is not issued yet" in answer.content.decode()
    market.acme.memberships.update(is_active=False)
    lonely = f"/mails/about/invoice/{issue_invoice(market).pk}/send/"
    assert "Acme north has no people with an account" in support.get(lonely).content.decode()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(("person", "status"), [("developer", 403), ("billing_admin", 403), ("reseller", 403)])
def test_only_staff_mails(market: Market, person: str, status: int) -> None:
    page = f"/mails/about/invoice/{issue_invoice(market).pk}/send/"
    client = client_of(market.people[person])
    assert [client.get(page).status_code, client.post(page, {"to": [ADMIN]}).status_code] == [status, status]


def test_a_stranger_finds_nothing(market: Market, south: Market) -> None:
    page = f"/mails/about/invoice/{issue_invoice(market).pk}/send/"
    client = client_of(south.people["manager"])
    assert [client.get(page).status_code, client.post(page, {"to": [ADMIN]}).status_code] == [404, 404]
