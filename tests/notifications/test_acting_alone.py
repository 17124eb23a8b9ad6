"""Everybody who works for a marketplace is told when one of them acts alone, while they can object."""

import pytest

from companies import operations
from companies.models import Membership
from core.models import Approval
from notifications.models import Delivery
from tests.factories.world import NOW, Market, make_market
from tests.support.drafts import waiting_memo
from tests.support.outbox import drain
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def north() -> Market:
    return make_market("north")


def alone(market: Market) -> Approval:
    """The manager acts alone, since those who could decide left."""
    _memo, asked = waiting_memo(market)
    gone = [market.people[name].membership.pk for name in ("second_manager", "finance")]
    Membership.objects.filter(pk__in=gone).update(is_active=False)
    return operations.act_alone(approval=asked, actor=market.actor(), now=NOW)


def test_all_staff_are_mailed_and_nobody_else(north: Market, mails: MailServer) -> None:
    make_market("south")
    asked = alone(north)
    drain()
    found = Delivery.objects.order_by("pk")
    assert [mail.recipient for mail in found] == [north.user("manager").email, north.user("support").email]
    assert {(mail.state, mail.kind, mail.company) for mail in found} == {("sent", "acting_alone", north.operator)}
    text = found[1].body
    assert found[1].subject.startswith("Manager North acts alone: Issue draft ")
    assert "It can take effect from May 19, 2026, 11:30" in text
    assert f"/credit-memos/approvals/{asked.pk}/" in text


def test_in_the_readers_language(north: Market, mails: MailServer) -> None:
    Membership.objects.filter(pk=north.people["support"].membership.pk).update(language="de")
    alone(north)
    drain()
    assert "handelt allein" in Delivery.objects.get(recipient=north.user("support").email).subject


def test_what_was_taken_back_before_is_not_mailed(north: Market, mails: MailServer) -> None:
    operations.withdraw(approval=alone(north), actor=north.actor(), now=NOW)
    drain()
    assert not Delivery.objects.exists()
