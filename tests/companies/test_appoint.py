"""The machine's operator repairs a marketplace that nobody can manage."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from companies import operations
from companies.models import Membership
from core.models import Approval, OutboxJob
from tests.factories.world import NOW, Market, make_market
from tests.support.drafts import waiting_memo
from tests.support.verbs import noted


def appoint(*words: str) -> str:
    out = StringIO()
    call_command("appoint", *words, stdout=out)
    return out.getvalue()


def test_a_marketplace_without_people_gets_a_manager(market: Market) -> None:
    Membership.objects.update(is_active=False)
    said = appoint("ada@example.com", "north", "manager")
    found = Membership.objects.get(user__email="ada@example.com")
    assert (found.company, found.roles, found.is_active, found.is_confirmed) == (
        market.operator, ["manager"], True, True,
    )  # fmt: skip
    assert "ada@example.com has these roles in Operator north now: manager." in said
    assert "They count once the person accepts them" in said
    assert (found.name, found.accepted_at) == ("ada", None)
    assert OutboxJob.objects.get(topic="member.invited").payload == {"membership_id": found.pk}
    entry = noted("member.appointed")
    assert (entry.actor, entry.marketplace, entry.after["roles"]) == (None, market.marketplace, ["manager"])
    assert entry.who.startswith("Operator of the machine (")


def test_who_is_appointed_decides_at_once(market: Market) -> None:
    _memo, asked = waiting_memo(market)
    appoint(market.user("support").email, "north", "finance")
    assert Membership.objects.get(pk=market.people["support"].membership.pk).roles == ["finance", "support"]
    operations.approve(approval=asked, actor=market.actor("support"), now=NOW)
    assert Approval.objects.get().decision == "approved"


def test_an_ended_membership_begins_again_with_that_role_alone(market: Market) -> None:
    membership = market.people["finance"].membership
    Membership.objects.filter(pk=membership.pk).update(is_active=False)
    appoint(market.user("finance").email, "north", "support")
    membership.refresh_from_db()
    assert (membership.roles, membership.is_active) == (["support"], True)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("ada@example.com", "nowhere", "manager"), "no marketplace 'nowhere'. Known: north, south."),
        (("ada", "north", "manager"), "Enter a valid email address."),
        (("ada@example.com", "north", "user"), "invalid choice: 'user'"),
    ],
)
def test_what_is_not_there_is_named(market: Market, words: tuple[str, ...], problem: str) -> None:
    make_market("south")
    with pytest.raises(CommandError) as caught:
        appoint(*words)
    assert problem in str(caught.value)
    assert not Membership.objects.filter(user__email__startswith="ada").exists()
