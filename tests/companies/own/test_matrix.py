"""The matrix: verbs x (payer, beneficiary, their parents and children, a stranger) x (member, former member)."""

import pytest
from django.db import transaction

from billing.models import BillingEvent
from companies.domain.refusals import OwnCompany, SecondPersonNeeded
from companies.models import Company
from companies.operations import approve
from core.models import Approval
from creditmemos.models import CreditMemo
from tests.companies.own.verbs import (
    ALONE,
    ASK_BY_REQUEST,
    ASK_BY_THEMSELVES,
    BY_BENEFICIARY_ALONE,
    BY_PAYER_ALONE,
    VERBS,
    WAYS,
    Verb,
    concerned,
)
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market


def answer(market: Market, act: Verb, how: str) -> str:
    """What a member of a company that is concerned in this way is told; undone again."""
    try:
        with transaction.atomic():
            company = concerned(market, how)
            MembershipFactory.create(user=market.user("finance"), company=company, roles=["company_admin"])
            act(market.actor("finance"))
            transaction.set_rollback(True)
    except OwnCompany as refusal:
        return refusal.code
    return "done"


def expected(name: str, how: str) -> str:
    without = "beneficiary" if name in BY_PAYER_ALONE else "payer" if name in BY_BENEFICIARY_ALONE else None
    return "done" if without is not None and without in how else "own_company"


@pytest.mark.parametrize("name", VERBS)
def test_nobody_does_it_for_their_own_company_but_strangers_and_former_members_may(market: Market, name: str) -> None:
    act = VERBS[name](market)
    assert {how: answer(market, act, how) for how in WAYS} == {how: expected(name, how) for how in WAYS}
    user = market.user("finance")
    MembershipFactory.create(user=user, company=market.acme, roles=["company_admin"])
    for company in (market.reseller, market.client):
        MembershipFactory.create(user=user, company=company, roles=["company_admin"], is_active=False)
    act(market.actor("finance"))


@pytest.mark.parametrize("name", VERBS)
def test_for_a_relative_of_the_operator_nobody_acts_alone(market: Market, name: str) -> None:
    act = VERBS[name](market)
    party = market.client if name in BY_BENEFICIARY_ALONE else market.reseller
    Company.objects.filter(pk=party.pk).update(parent=market.operator)
    if name in ASK_BY_THEMSELVES:
        act(market.actor("finance"))
        assert CreditMemo.objects.order_by("pk").last().status in ASK_BY_THEMSELVES[name]  # type: ignore[union-attr]
        return
    if name in ASK_BY_REQUEST:
        act(market.actor("finance"))
        assert Approval.objects.get(decision="waiting").verb == ASK_BY_REQUEST[name]
        return
    if name in ALONE:
        act(market.actor("finance"))
        return
    if name.startswith(("record", "import")):
        act(market.actor("finance"))
        assert BillingEvent.objects.latest("pk").status == "asked"
        return
    with pytest.raises(SecondPersonNeeded) as refusal, transaction.atomic():
        act(market.actor("finance"))
    ask = refusal.value.ask
    assert ask is not None
    assert ask(market.actor("finance"), NOW).startswith("Sent for approval")
    request = Approval.objects.get(decision="waiting")
    approve(approval=request, actor=market.actor("second_manager"), now=NOW)
    request.refresh_from_db()
    assert request.decision == "approved"


def test_who_joined_a_relative_of_the_operator_meanwhile_is_refused(market: Market) -> None:
    act = VERBS["void"](market)
    Company.objects.filter(pk=market.reseller.pk).update(parent=market.operator)
    with pytest.raises(SecondPersonNeeded) as refusal, transaction.atomic():
        act(market.actor("finance"))
    assert refusal.value.ask is not None
    refusal.value.ask(market.actor("finance"), NOW)
    for person in ("finance", "manager"):
        membership = MembershipFactory.create(user=market.user(person), company=market.reseller, roles=["reseller"])
        with pytest.raises(OwnCompany):
            approve(approval=Approval.objects.get(), actor=market.actor("manager"), now=NOW)
        membership.delete()
    approve(approval=Approval.objects.get(), actor=market.actor("manager"), now=NOW)
