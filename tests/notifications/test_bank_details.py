"""All finance staff are mailed when a merchant's bank details changed, with no more of the account than its end."""

import pytest

from companies import operations
from companies.models import Membership
from core.models import OutboxJob
from notifications.models import Delivery
from tests.factories.bank import DETAILS, GROUPED, IBAN, LOCAL, ask_for_details, give_details
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, make_market
from tests.support.outbox import drain
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db
KIND = "bank_details_changed"
READERS = ("manager", "second_manager", "finance")


def addresses(market: Market) -> list[str]:
    return sorted(str(market.user(person).email) for person in READERS)


def mailed(mails: MailServer) -> dict[str, str]:
    """The text of each mail of this kind, by its one recipient."""
    ours = [mail for mail in mails.received if "Bank details of" in mail.message["Subject"]]
    return {",".join(mail.recipients): mail.message.get_content() for mail in ours}


def test_everybody_in_finance_is_told_once_when_it_takes_effect(market: Market, mails: MailServer) -> None:
    make_market("south")
    ask_for_details(market)
    drain()
    assert mailed(mails) == {}
    assert Delivery.objects.filter(kind="approval_requested").count() == 2


def test_once_each_with_who_asked_and_who_agreed(market: Market, mails: MailServer) -> None:
    give_details(market)
    drain()
    drain()
    found = mailed(mails)
    assert sorted(found) == addresses(market)
    assert len([mail for mail in mails.received if mail.message["Subject"].startswith("Bank details of")]) == 3
    text = found[str(market.user("finance").email)]
    for said in (
        "Dear Finance North,", "New account: Operator north GmbH, ending in 3000, Commerzbank",
        "Requested by: Manager North", "Approved by: Finance North",
        f"/settings/bank-details/{market.merchant.pk}/",
    ):  # fmt: skip
        assert said in text
    assert "Before:" not in text
    row = Delivery.objects.filter(kind=KIND)[0]
    assert (row.subject, row.state) == ("Bank details of Operator north changed", "sent")
    assert not OutboxJob.objects.dead().exists()


def test_the_account_is_never_written_out(market: Market, mails: MailServer) -> None:
    """Neither the new one nor the one before, in any mail about it: the request's and the decision's neither."""
    give_details(market)
    drain()
    asked = ask_for_details(market, LOCAL)
    drain()
    operations.approve(approval=asked, actor=market.actor("finance"), now=NOW)
    drain()
    texts = [f"{row.subject} {row.body}" for row in Delivery.objects.all()]
    assert len(texts) == (1 + 3) + (2 + 1 + 3)
    for secret in (IBAN, GROUPED, IBAN[4:], LOCAL.account_number):
        assert not any(secret in text for text in texts)
    last = Delivery.objects.filter(kind=KIND).order_by("-pk")[0].body
    assert "New account: Operator north Inc., ending in 5678, Chase" in last
    assert "Before: Operator north GmbH, ending in 3000" in last


@pytest.mark.parametrize(
    ("language", "subject", "said"),
    [
        ("de", "Bankverbindung von Operator north geändert", "Genehmigt von: Finance North"),
        ("fr", "Coordonnées bancaires de Operator north modifiées", "Approuvé par : Finance North"),
    ],
)
def test_in_the_readers_language(market: Market, mails: MailServer, language: str, subject: str, said: str) -> None:
    Membership.objects.filter(pk=market.people["finance"].membership.pk).update(language=language)
    give_details(market)
    drain()
    row = Delivery.objects.get(kind=KIND, recipient=market.user("finance").email)
    assert row.subject == subject
    assert said in row.body


def test_whoever_joined_since_is_told_and_support_is_not(market: Market, mails: MailServer) -> None:
    new = MembershipFactory.create(company=market.operator, roles=["support", "finance"])
    MembershipFactory.create(company=market.operator, roles=["finance"], is_active=False)
    give_details(market, DETAILS, now=NOW)
    drain()
    assert sorted(mailed(mails)) == sorted([*addresses(market), new.user.email])
