"""A limit that is reached: managers and finance are told once a day, as their texts say it."""

from datetime import datetime, timedelta

import pytest

from companies.models import Company, Membership
from core.models import OutboxJob
from notifications.domain.kinds import kind_called
from notifications.models import Delivery
from notifications.operations import decide
from tests.factories.limits import ask, limited, line_of
from tests.factories.world import NOW, Market, issue_invoice, make_market
from tests.support.outbox import drain
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
KIND = "credit_limit_reached"
READERS = ("manager", "second_manager", "finance")


def refused(
    market: Market, amount: int = 80_00, *, key: str = "order 17", company: Company | None = None, now: datetime = NOW
) -> None:
    assert not ask(market, amount, key=key, subject="Ten seats", company=company, now=now).is_allowed


def mailed(mails: MailServer) -> dict[str, str]:
    """Subject and text by recipient."""
    return {
        ",".join(mail.recipients): f"{mail.message['Subject']}\n{mail.message.get_content()}".replace("\r", "")
        for mail in mails.received
    }  # fmt: skip


def test_managers_and_finance_are_told_what_and_why(market: Market, mails: MailServer) -> None:
    make_market("south")
    limited(market, 100_00)
    issue_invoice(market)
    drain()
    mails.received.clear()
    refused(market)
    drain()
    found = mailed(mails)
    assert sorted(found) == sorted(str(market.user(person).email) for person in READERS)
    text = found[str(market.user("finance").email)]
    for said in (
        "Acme north: a purchase was refused\n", "Dear Finance North,",
        "Acme north wanted to buy for 80.00\u00a0EUR and was refused.",
        "With it, what counts against its credit limit would be 200.00\u00a0EUR; the limit is 100.00\u00a0EUR.",
        "Purchase: Ten seats\n", f"/credit/{market.acme.pk}/\n",
    ):  # fmt: skip
        assert said in text, said
    row = Delivery.objects.filter(kind=KIND)[0]
    assert (row.company, row.subject_kind, row.subject_id, row.role, row.state) == (
        market.acme, "creditline", line_of(market.acme).pk, "staff", "sent",
    )  # fmt: skip
    assert not OutboxJob.objects.dead().exists()


def test_once_a_day_for_each_company(market: Market, mails: MailServer) -> None:
    limited(market, 0)
    limited(market, None, company=market.birch)
    drain()
    mails.received.clear()
    refused(market)
    refused(market, key="order 18")
    refused(market, key="order 19", company=market.birch)
    drain()
    subjects = [str(mail.message["Subject"]) for mail in mails.received]
    assert len(subjects) == 6
    texts = [mail.message.get_content() for mail in mails.received]
    assert sum("It buys prepaid only; this would leave 80.00\u00a0EUR to pay." in text for text in texts) == 3
    assert sum("Its credit is blocked." in text for text in texts) == 3
    refused(market, key="order 20", now=NOW + timedelta(days=1))
    drain()
    assert len(mails.received) == 9


def test_what_is_only_asked_is_not_told(market: Market, mails: MailServer) -> None:
    limited(market, 0)
    drain()
    mails.received.clear()
    assert not ask(market, 80_00).is_allowed
    drain()
    assert mails.received == []


def test_a_shared_limit_says_so(market: Market, mails: MailServer) -> None:
    market.birch.parent = market.acme
    market.birch.save()
    limited(market, 200_00, is_shared=True)
    issue_invoice(market)
    drain()
    mails.received.clear()
    refused(market, 80_01, company=market.birch)
    drain()
    text = mailed(mails)[str(market.user("finance").email)]
    assert "Birch north: a purchase was refused" in text
    assert "that it shares with its group would be 200.01\u00a0EUR; the limit is 200.00\u00a0EUR." in text


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("de", "Acme north: ein Kauf wurde abgelehnt", "nur gegen Vorkasse; damit blieben 80,00\u00a0EUR zu zahlen."),
        ("fr", "Acme north : un achat a été refusé", "il resterait 80,00\u00a0EUR à payer."),
    ],
)
def test_in_the_readers_language(market: Market, mails: MailServer, language: str, subject: str, said: str) -> None:
    Membership.objects.filter(pk=market.people["finance"].membership.pk).update(language=language)
    limited(market, 0)
    refused(market)
    drain()
    row = Delivery.objects.get(kind=KIND, recipient=market.user("finance").email)
    assert row.subject == subject
    assert said in row.body


def test_it_can_be_switched_off_and_copied(market: Market, mails: MailServer) -> None:
    limited(market, 0)
    limited(market, 0, company=market.birch)
    copied = {"attach_pdf": False, "cc": ["desk@north.example"], "actor": market.actor(), "now": NOW}
    decide(kind=kind_called(KIND), enabled=True, **copied)  # type: ignore[arg-type]
    drain()
    mails.received.clear()
    refused(market)
    drain()
    assert len(mails.received) == 4
    assert "desk@north.example" in mailed(mails)
    decide(kind=kind_called(KIND), enabled=False, **copied)  # type: ignore[arg-type]
    refused(market, key="order 18", company=market.birch)
    drain()
    assert len(mails.received) == 4


def test_nobody_to_tell_is_written_down(market: Market, mails: MailServer) -> None:
    limited(market, 0)
    drain()
    Membership.objects.filter(company=market.operator).update(roles=["support"])
    refused(market)
    drain()
    row = Delivery.objects.get(kind=KIND)
    assert (row.state, row.recipient) == ("failed", "")
