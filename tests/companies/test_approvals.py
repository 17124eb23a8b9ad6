"""Who may decide what needs two people, and how somebody who has nobody to ask acts alone (I19)."""

from datetime import timedelta

import pytest
from django.db import connection

from companies import operations
from companies.domain.refusals import (
    AlreadyAlone,
    MakerIsChecker,
    NotADecider,
    NotAlone,
    NotTheMaker,
    NotWaiting,
    SomebodyElse,
    TooEarly,
)
from companies.models import Grant, MarketplaceSettings, Membership, User
from core.actors import Actor
from core.models import Approval
from creditmemos.models import CreditMemo
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, make_market
from tests.support.drafts import waiting_memo
from tests.support.guards import refused_by
from tests.support.verbs import noted, refused

DAY = timedelta(hours=24)
MONTH = timedelta(days=30)


@pytest.fixture
def asked(market: Market) -> Approval:
    """The manager asks to issue a memo."""
    return waiting_memo(market)[1]


def leave(market: Market, *people: str) -> None:
    """These people's memberships ended."""
    for person in people:
        Membership.objects.filter(pk=market.people[person].membership.pk).update(is_active=False)


def newcomer(market: Market, *, role: str = "finance", **row: object) -> Actor:
    """Somebody whom the manager made a member of the staff today."""
    maker = market.user("manager")
    found = MembershipFactory.create(company=market.operator, roles=[role], admitted_at=NOW, admitted_by=maker, **row)
    return Actor(market.marketplace.pk, found.name, user_id=found.user_id, company_id=market.operator.pk)


def approve(approval: Approval, actor: Actor, *, after: timedelta = timedelta(0)) -> CreditMemo:
    memo: CreditMemo = operations.approve(approval=approval, actor=actor, now=NOW + after)
    return memo


def alone(market: Market, approval: Approval, person: str = "manager", *, after: timedelta = timedelta(0)) -> Approval:
    return operations.act_alone(approval=approval, actor=market.actor(person), now=NOW + after)


# --- who may decide ---------------------------------------------------------------------------------------------------


def test_an_account_of_the_makers_own_making_is_no_second_person(market: Market, asked: Approval) -> None:
    puppet = newcomer(market)
    with refused(NotADecider):
        approve(asked, puppet)
    with refused(NotADecider):
        approve(asked, puppet, after=MONTH - timedelta(seconds=1))
    assert approve(asked, puppet, after=MONTH).status == "unapplied"


def test_whom_a_second_person_admitted_decides_at_once(market: Market, asked: Approval) -> None:
    assert approve(asked, newcomer(market, is_confirmed=True)).status == "unapplied"


def test_what_a_newcomer_asks_is_not_for_who_made_them_to_approve(market: Market) -> None:
    puppet = newcomer(market)
    _memo, approval = waiting_memo(market)
    Approval.objects.filter(pk=approval.pk).delete()
    approval.pk, approval.requested_by = None, User.objects.get(pk=puppet.user_id or 0)
    approval.save()
    with refused(NotADecider):
        approve(approval, market.actor("manager"))
    assert approve(approval, market.actor("second_manager")).status == "unapplied"


@pytest.mark.parametrize("person", ["support", "company_admin", "developer"])
def test_other_roles_decide_nothing(market: Market, asked: Approval, person: str) -> None:
    with refused(NotADecider):
        approve(asked, market.actor(person))


def test_support_decides_about_memos_where_that_is_granted(market: Market, asked: Approval) -> None:
    Grant.objects.create(marketplace=market.marketplace, role="support", permission="creditmemos.approve", granted=True)
    assert approve(asked, market.actor("support")).status == "unapplied"


def test_roles_outside_the_operators_company_do_not_count(market: Market, asked: Approval) -> None:
    forged = MembershipFactory.create(company=market.birch, roles=["finance"])
    with refused(NotADecider):
        approve(asked, Actor(market.marketplace.pk, "Forger", user_id=forged.user_id, company_id=market.birch.pk))


@pytest.mark.parametrize("ended", ["membership", "account", "company"])
def test_who_left_does_not_decide(market: Market, asked: Approval, ended: str) -> None:
    if ended == "membership":
        leave(market, "finance")
    elif ended == "account":
        User.objects.filter(pk=market.user("finance").pk).update(is_active=False)
    else:
        type(market.operator).objects.filter(pk=market.operator.pk).update(is_active=False)
    with refused(NotADecider):
        approve(asked, market.actor("finance"))


def test_a_newcomer_may_reject_what_they_could_not_approve(market: Market, asked: Approval) -> None:
    operations.reject(approval=asked, reason="Twice", actor=newcomer(market), now=NOW)
    assert CreditMemo.objects.get(pk=asked.object_id).status == "rejected"


# --- alone: a market of one, of two, left of two ----------------------------------------------------------------------


def test_a_market_of_one_acts_after_a_day(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    with refused(MakerIsChecker):
        approve(asked, market.actor(), after=2 * DAY)
    found = alone(market, asked)
    assert (found.mode, found.alone_since, found.effective_at) == ("alone", NOW, NOW + DAY)
    assert noted("credit_memo.alone").after == {"asked": "issue"}
    with refused(TooEarly):
        approve(asked, market.actor(), after=DAY - timedelta(seconds=1))
    assert approve(asked, market.actor(), after=DAY).number == "CM-2026-00001"
    asked.refresh_from_db()
    assert (asked.decision, asked.decided_by, asked.decided_at) == ("approved", market.user("manager"), NOW + DAY)


def test_in_a_market_of_two_nobody_acts_alone(market: Market, asked: Approval) -> None:
    leave(market, "second_manager")
    with refused(SomebodyElse):
        alone(market, asked)
    assert approve(asked, market.actor("finance")).status == "unapplied"


def test_who_is_left_of_two_acts_alone_on_what_waits(market: Market, asked: Approval) -> None:
    leave(market, "second_manager")
    with refused(SomebodyElse):
        alone(market, asked)
    leave(market, "finance")
    assert alone(market, asked, after=3 * DAY).effective_at == NOW + 4 * DAY
    with refused(TooEarly):
        approve(asked, market.actor(), after=3 * DAY)
    assert approve(asked, market.actor(), after=4 * DAY).status == "unapplied"


def test_what_waits_for_who_left_is_decided_by_who_stays(market: Market, asked: Approval) -> None:
    leave(market, "manager", "second_manager")
    assert approve(asked, market.actor("finance")).status == "unapplied"


def test_who_came_meanwhile_decides_instead(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    alone(market, asked)
    third = newcomer(market, is_confirmed=True)
    with refused(SomebodyElse):
        approve(asked, market.actor(), after=DAY)
    assert approve(asked, third).status == "unapplied"


def test_a_puppet_is_nobody_to_ask(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    newcomer(market)
    alone(market, asked)
    assert approve(asked, market.actor(), after=DAY).status == "unapplied"


def test_who_belongs_to_the_company_is_nobody_to_ask(market: Market, asked: Approval) -> None:
    leave(market, "second_manager")
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    assert alone(market, asked).mode == "alone"


def test_anybody_may_object_within_the_day(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    alone(market, asked)
    operations.reject(approval=asked, reason="Not without me", actor=newcomer(market), now=NOW)
    with refused(NotWaiting):
        approve(asked, market.actor(), after=DAY)


def test_the_maker_takes_it_back(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    alone(market, asked)
    operations.withdraw(approval=asked, actor=market.actor(), now=NOW)
    assert CreditMemo.objects.get(pk=asked.object_id).status == "draft"


def test_a_marketplace_may_forbid_it(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    forbid = MarketplaceSettings.objects.filter(marketplace=market.marketplace)
    forbid.update(allow_alone=False)
    with refused(NotAlone):
        alone(market, asked)
    forbid.update(allow_alone=True)
    alone(market, asked)
    forbid.update(allow_alone=False)
    with refused(NotAlone):
        approve(asked, market.actor(), after=DAY)


def test_the_day_begins_once_and_only_for_the_maker(market: Market, asked: Approval) -> None:
    leave(market, "second_manager")
    with refused(NotTheMaker):
        alone(market, asked, "finance")
    leave(market, "finance")
    alone(market, asked)
    with refused(AlreadyAlone):
        alone(market, asked, after=DAY)


def test_a_maker_who_lost_the_right_does_not_act_alone(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    alone(market, asked)
    Membership.objects.filter(pk=market.people["manager"].membership.pk).update(roles=["support"])
    with refused(NotADecider):
        approve(asked, market.actor(), after=DAY)


def test_people_of_another_marketplace_are_nobody_here(market: Market, asked: Approval) -> None:
    make_market("south")
    leave(market, "second_manager", "finance")
    assert alone(market, asked).mode == "alone"


# --- around the product -----------------------------------------------------------------------------------------------

ALONE = "UPDATE core_approval SET mode = 'alone', alone_since = {since}, effective_at = {until} WHERE id = {pk}"
DECIDED = ", decision = 'approved', decided_by_id = requested_by_id, decided_at = {at} WHERE"
SINCE, HOUR, NEXT = "'2026-05-18 09:30:00+00:00'", "'2026-05-18 10:30:00+00:00'", "'2026-05-19 09:30:00+00:00'"


@pytest.mark.parametrize(
    ("since", "until", "at", "rule"),
    [
        (SINCE, HOUR, None, "i19_alone_a_day"),
        (SINCE, "NULL", None, "i19_alone_has_its_day"),
        ("NULL", NEXT, None, "i19_alone_has_its_day"),
        (SINCE, NEXT, None, ""),
        (SINCE, NEXT, HOUR, "i19_maker_is_not_checker"),
        (SINCE, NEXT, "NULL", "i19_maker_is_not_checker"),
        (SINCE, NEXT, NEXT, ""),
    ],
)  # fmt: skip
def test_the_database_knows_the_day(asked: Approval, since: str, until: str, at: str | None, rule: str) -> None:
    text = ALONE if at is None else ALONE.replace(" WHERE", DECIDED.replace("{at}", at))
    stored = {"since": since, "until": until, "pk": asked.pk}
    if not at:
        text = text.replace("{at}", "NULL")
    for name, value in stored.items():
        text = text.replace("{" + name + "}", stamped(str(value)))
    assert refused_by(text) == rule


def stamped(text: str) -> str:
    """SQLite keeps moments as texts without their zone."""
    return text.replace("+00:00", "") if connection.vendor == "sqlite" else text


@pytest.mark.parametrize("change", ["verb = 'close'", "amount = 1", "subject = 'x'", "requested_at = decided_at"])
def test_the_database_keeps_what_was_asked(asked: Approval, change: str) -> None:
    if "decided_at" in change:
        change = f"requested_at = {stamped(NEXT)}"
    assert refused_by(f"UPDATE core_approval SET {change} WHERE id = {asked.pk}") == "i19_request_frozen"


def test_the_database_lets_nobody_decide_twice(market: Market, asked: Approval) -> None:
    operations.reject(approval=asked, reason="No", actor=market.actor("finance"), now=NOW)
    for change in ("decision = 'waiting'", "decision = 'approved'", "decision_reason = ''"):
        assert refused_by(f"UPDATE core_approval SET {change} WHERE id = {asked.pk}") == "i19_decided_once"


def test_the_database_lets_nobody_shorten_the_day(market: Market, asked: Approval) -> None:
    leave(market, "second_manager", "finance")
    alone(market, asked)
    for change in ("mode = 'two_people', alone_since = NULL, effective_at = NULL", f"effective_at = {stamped(HOUR)}"):
        rules = refused_by(f"UPDATE core_approval SET {change} WHERE id = {asked.pk}")
        assert rules in ("i19_request_frozen", "i19_alone_a_day")
