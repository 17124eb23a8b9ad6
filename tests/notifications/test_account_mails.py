"""Mails about people's own accounts, through a real mail server: to whom, in which words, and under one Message-ID."""

import re
from datetime import timedelta
from email.message import EmailMessage

import pytest
from django.conf import settings
from django.test import Client

from companies import operations
from companies.models import Membership, User
from companies.operations.accounts import ask_for_link
from core.models import OutboxJob
from notifications.models import Delivery
from tests.factories.companies import MembershipFactory, UserFactory
from tests.factories.world import NOW, Market
from tests.support.links import follow
from tests.support.outbox import drain, end_leases
from tests.support.smtp import CUT, MailServer

pytestmark = pytest.mark.django_db
ADDRESS = "vera@corp.example"


def invite(market: Market, **changes: object) -> Membership:
    given = {
        "company": market.acme, "email": ADDRESS, "name": "Vera Novak", "roles": ["billing_admin"],
        "actor": market.actor(), "now": NOW, **changes,
    }  # fmt: skip
    membership = operations.invite(**given)  # type: ignore[arg-type]
    assert isinstance(membership, Membership)
    return membership


def text_of(message: EmailMessage) -> str:
    return str(message.get_content())


def link_in(message: EmailMessage) -> str:
    (link,) = re.findall(r"\S+/set-password/\S+", text_of(message))
    return str(link)


def test_a_new_person_gets_a_link_that_leads_to_the_public_address(market: Market, mails: MailServer) -> None:
    membership = invite(market)
    drain()
    (received,) = mails.received
    message = received.message
    assert received.recipients == [ADDRESS]
    assert message["Subject"] == "Your account for Acme north in North Market"
    assert message["Auto-Submitted"] == "auto-generated"
    assert text_of(message).startswith("Dear Vera Novak,")
    link = link_in(message)
    assert link.startswith(f"{settings.PUBLIC_URL}/set-password/")
    assert "Your password is set." in follow(link.removeprefix(settings.PUBLIC_URL))
    membership.refresh_from_db()
    assert membership.accepted_at is not None
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("de", "Ihr Zugang für Acme north bei North Market"),
        ("fr", "Votre accès à Acme north sur North Market"),
        ("", "Your account for Acme north in North Market"),
    ],
)
def test_it_is_written_in_the_language_that_was_chosen(
    market: Market, mails: MailServer, language: str, subject: str
) -> None:
    invite(market, language=language)
    drain()
    assert mails.received[0].message["Subject"] == subject


def test_whoever_has_an_account_is_asked_to_sign_in_and_gets_no_link(market: Market, mails: MailServer) -> None:
    person = UserFactory.create(name="Sam")
    invite(market, email=person.email)
    drain()
    text = text_of(mails.received[0].message)
    assert mails.received[0].message["Subject"] == "Invitation to Acme north in North Market"
    assert f"{settings.PUBLIC_URL}/invitations/" in text
    assert "set-password" not in text


def test_every_try_of_a_mail_has_one_message_id(market: Market, mails: MailServer) -> None:
    mails.answers = ["451 4.3.0 later", CUT]
    invite(market)
    for _try in range(3):
        drain()
        end_leases()
    invite(market, company=market.birch)
    drain()
    first, again, other = (each.message["Message-ID"] for each in mails.received)
    assert first.endswith("@nordmarkt.example>")
    assert first == again != other


def test_a_refused_address_stands_under_failed_work(market: Market, manager: Client, mails: MailServer) -> None:
    mails.unknown[ADDRESS] = "550 5.1.1 no such user"
    invite(market)
    drain()
    job = OutboxJob.objects.get(topic="member.invited")
    assert (job.state, job.last_error) == ("dead", "550 5.1.1 no such user")
    assert "550 5.1.1 no such user" in manager.get("/failed-work/").content.decode()


@pytest.mark.parametrize("gone", ["ended", "accepted", "person", "company"])
def test_an_invitation_that_does_not_wait_any_more_is_not_mailed(market: Market, mails: MailServer, gone: str) -> None:
    membership = invite(market)
    if gone == "ended":
        operations.deactivate(membership=membership, actor=market.actor(), now=NOW)
    elif gone == "accepted":
        operations.accept(membership=membership, user=membership.user, now=NOW)
    else:
        row = membership.user if gone == "person" else market.acme
        row.is_active = False
        row.save()
    drain()
    assert mails.received == []


def test_demo_people_are_never_mailed(market: Market, mails: MailServer) -> None:
    invite(market, email="dora@demo.example")
    drain()
    assert mails.received == []


def test_names_do_not_reach_into_the_headers(market: Market, mails: MailServer) -> None:
    market.acme.name = "Acme\r\nBcc: all@example.com"
    market.acme.save()
    invite(market, name="Vera\nBcc: x@example.com")
    drain()
    (received,) = mails.received
    assert (received.recipients, received.message["Bcc"]) == ([ADDRESS], None)


def test_a_link_that_was_asked_for(market: Market, mails: MailServer) -> None:
    member = MembershipFactory.create(company=market.acme, user__name="Anna Alt", language="de", roles=["user"])
    Client().post("/sign-in/link/", {"email": member.user.email})
    drain()
    (received,) = mails.received
    assert (received.recipients, received.message["Subject"]) == ([member.user.email], "Passwort setzen")
    assert "Your password is set." in follow(link_in(received.message).removeprefix(settings.PUBLIC_URL))


@pytest.mark.parametrize("change", ["used another", "left", "company off", "nothing"])
def test_a_link_that_was_asked_for_is_asked_again_when_it_is_sent(
    market: Market, mails: MailServer, change: str
) -> None:
    user, membership = market.user("billing_admin"), market.people["billing_admin"].membership
    ask_for_link(email=user.email, now=NOW)
    if change == "used another":
        User.objects.filter(pk=user.pk).update(proved_at=NOW + timedelta(minutes=1))
    elif change == "left":
        Membership.objects.filter(pk=membership.pk).update(is_active=False)
    elif change == "company off":
        market.acme.is_active = False
        market.acme.save()
    drain()
    assert len(mails.received) == (1 if change == "nothing" else 0)
    assert not OutboxJob.objects.open().exists()
