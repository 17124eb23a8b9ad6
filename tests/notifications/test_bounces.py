"""Addresses that come back: marked by the answer, held from then on in plain sight, cleared by hand or by success."""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from core.actors import Actor
from core.errors import Missing
from core.models import AuditEntry
from notifications import operations
from notifications.domain.kinds import kind_called
from notifications.mail.mailing import is_bounce
from notifications.models import BouncedAddress, Delivery, DeliveryAttempt
from notifications.operations import bouncing
from tests.factories.world import NOW, Market, issue_memo, make_market
from tests.support.damage import run
from tests.support.outbox import drain, end_leases
from tests.support.smtp import MailServer
from tests.support.visits import client_of, writes

pytestmark = pytest.mark.django_db
ADMIN, OTHER = "billing.admin.north@example.com", "company.admin.north@example.com"
GONE = "550 5.1.1 no such person"


@pytest.fixture
def north() -> Market:
    market = make_market("north")
    operations.decide(
        kind=kind_called("credit_memo_pdf_created"), enabled=True, attach_pdf=True, cc=[], actor=market.actor(), now=NOW
    )
    return market


def mail_to(address: str) -> Delivery:
    found = Delivery.objects.filter(recipient=address).order_by("-pk").first()
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("answer", "is_recipient", "bounces"),
    [
        ("550 no such person", True, True),
        ("550 5.1.1 no such person", True, True),
        ("552 5.2.2 mailbox full for good", True, True),
        ("550-5.1.1 the email account does not exist", True, True),
        ("550 5.7.1 relaying denied", True, False),
        ("550 5.7.26 unauthenticated sender", True, False),
        ("554 5.3.4 message too big", True, False),
        ("550 looks like spam", False, False),
        ("550 5.7.1 looks like spam", False, False),
        ("550 5.1.1 no such person", False, True),
        ("530 5.7.0 authenticate first", False, False),
    ],
)
def test_only_what_speaks_of_the_address_is_a_bounce(answer: str, is_recipient: bool, bounces: bool) -> None:
    assert is_bounce(answer, is_recipient) is bounces


def test_an_unknown_recipient_is_marked_and_the_others_get_theirs(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    assert [mail.recipients for mail in mails.received] == [[OTHER]]
    mark = BouncedAddress.objects.get()
    assert (mark.address, mark.answer, mark.cleared_at) == (ADMIN, GONE, None)
    assert mark.delivery == mail_to(ADMIN)
    assert (mail_to(ADMIN).state, mail_to(ADMIN).attempts) == ("failed", 1)
    attempt = DeliveryAttempt.objects.get(delivery=mark.delivery)
    assert (attempt.number, attempt.outcome, attempt.answer) == (1, "failed", GONE)


def test_a_marked_address_is_not_mailed_again_and_nobody_is_left_in_the_dark(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    mails.unknown = {}
    issue_memo(north)
    drain()
    held = mail_to(ADMIN)
    assert (held.state, held.attempts, held.number) == ("failed", 0, "CM-2026-00002")
    assert held.answer == f"Not sent, because an earlier mail to this address bounced: {GONE}"
    assert [mail.recipients for mail in mails.received] == [[OTHER], [OTHER]]
    finance = client_of(north.people["finance"])
    assert "CM-2026-00002" in finance.get("/mails/?state=failed").content.decode()


def test_a_refusal_for_now_or_of_our_server_marks_nobody(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: "450 4.2.1 busy", OTHER: "550 5.7.1 relaying denied"}
    issue_memo(north)
    drain()
    assert not BouncedAddress.objects.exists()
    assert (mail_to(ADMIN).state, mail_to(OTHER).state) == ("retrying", "failed")


def test_capitals_make_no_other_address(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    north.user("billing_admin").email = ADMIN.upper()
    north.user("billing_admin").save()
    issue_memo(north)
    drain()
    assert mail_to(ADMIN.upper()).attempts == 0


def test_the_other_marketplace_mails_the_same_address(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    south = make_market("south")
    assert not bouncing.marked(south.marketplace.pk, [ADMIN]).exists()


def test_it_bounces_once_however_often(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    again = operations.resend(delivery=mail_to(ADMIN), actor=north.actor(), now=NOW)
    drain()
    again.refresh_from_db()
    assert again.state == "failed"
    assert BouncedAddress.objects.count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        BouncedAddress.objects.create(
            marketplace=north.marketplace, address=ADMIN, delivery=again, answer="x", since=NOW
        )


def test_a_mail_by_hand_that_arrives_clears_it(north: Market, mails: MailServer) -> None:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    mails.unknown = {}
    operations.resend(delivery=mail_to(ADMIN), actor=north.actor(), now=NOW)
    drain()
    assert BouncedAddress.objects.get().cleared_at is not None
    issue_memo(north)
    drain()
    assert sum(mail.recipients == [ADMIN] for mail in mails.received) == 2


def test_nobody_to_mail_is_written_down(north: Market, mails: MailServer) -> None:
    for person in ("company_admin", "billing_admin"):
        north.people[person].membership.is_active = False
        north.people[person].membership.save()
    issue_memo(north)
    drain()
    mail = Delivery.objects.get()
    assert (mail.recipient, mail.state, mail.attempts) == ("", "failed", 0)
    assert mail.answer == "No recipients: nobody in the audience has an address."
    with pytest.raises(operations.NothingToSend):
        operations.resend(delivery=mail, actor=north.actor(), now=NOW)
    page = client_of(north.people["support"]).get(f"/mails/{mail.pk}/").content.decode()
    assert "No recipients" in page
    end_leases()


@pytest.mark.parametrize("statement", ["UPDATE {} SET answer = 'x'", "DELETE FROM {}"])
def test_the_database_keeps_every_attempt(north: Market, mails: MailServer, statement: str) -> None:
    issue_memo(north)
    drain()
    with pytest.raises(IntegrityError, match="i13_"), transaction.atomic():
        run(statement.format("notifications_deliveryattempt"))


# --- On the pages ----------------------------------------------------------------------------------------------------


@pytest.fixture
def mark(north: Market, mails: MailServer) -> BouncedAddress:
    mails.unknown = {ADMIN: GONE}
    issue_memo(north)
    drain()
    return BouncedAddress.objects.get()


def test_the_company_shows_it_to_the_marketplaces_people_only(north: Market, mark: BouncedAddress) -> None:
    url = f"/companies/{north.acme.pk}/"
    for person in ("manager", "finance", "support"):
        page = client_of(north.people[person]).get(url).content.decode()
        assert "Mail bounces" in page
        assert GONE in page
        assert f"/mails/bounced/{mark.pk}/clear/" in page
    assert "Mail bounces" not in client_of(north.people["company_admin"]).get(url).content.decode()
    assert (
        "Mail bounces" not in client_of(north.people["manager"]).get(f"/companies/{north.birch.pk}/").content.decode()
    )


def test_a_marked_billing_address_shows_too(north: Market, mails: MailServer) -> None:
    north.acme.billing_email = "Accounts@acme.example"
    north.acme.save()
    mails.unknown = {"Accounts@acme.example": GONE}
    issue_memo(north)
    drain()
    assert [str(each) for each in bouncing.marks_of(north.acme)] == ["accounts@acme.example"]


def test_the_mail_itself_shows_it(north: Market, mark: BouncedAddress) -> None:
    page = client_of(north.people["support"]).get(f"/mails/{mark.delivery_id}/").content.decode()
    assert "Allow mail to this address" in page


def test_it_is_cleared_by_hand(north: Market, mark: BouncedAddress) -> None:
    support = client_of(north.people["support"])
    url = f"/mails/bounced/{mark.pk}/clear/"
    assert f"Allow mail to {ADMIN}" in support.get(url).content.decode()
    for _ in range(2):
        answer = support.post(url, follow=True)
        assert answer.redirect_chain == [(f"/companies/{north.acme.pk}/", 302)]
    assert f"New mails go to {ADMIN} again." in answer.content.decode()
    mark.refresh_from_db()
    assert mark.cleared_at is not None
    entry = AuditEntry.objects.get(verb="bounce.cleared")
    assert (entry.who, entry.company_id) == ("Support North", north.acme.pk)
    assert entry.after == {"recipient": ADMIN, "answer": GONE}


@pytest.mark.parametrize(
    ("market", "person", "status"),
    [("north", "company_admin", 403), ("north", "developer", 403), ("south", "manager", 404)],
)
def test_others_clear_nothing(north: Market, mark: BouncedAddress, market: str, person: str, status: int) -> None:
    client: Client = client_of({"north": north, "south": make_market("south")}[market].people[person])
    with writes() as written:
        assert client.post(f"/mails/bounced/{mark.pk}/clear/").status_code == status
    assert written == []


def test_the_operation_keeps_strangers_out(mark: BouncedAddress) -> None:
    stranger = Actor(marketplace_id=make_market("south").marketplace.pk, label="Sora")
    with pytest.raises(Missing):
        operations.clear_bounce(bounced=mark, actor=stranger, now=NOW)
