"""Approvals are mailed: to whoever may decide when somebody asks, and to whoever asked when it is decided."""

import pytest

from companies import operations
from companies.models import Membership
from notifications.models import Delivery
from tests.factories.world import NOW, Market
from tests.support.drafts import waiting_memo
from tests.support.outbox import drain
from tests.support.smtp import MailServer

pytestmark = pytest.mark.django_db


def mailed(kind: str) -> dict[str, str]:
    return dict(Delivery.objects.filter(kind=kind).order_by("pk").values_list("recipient", "subject"))


def address(market: Market, person: str) -> str:
    return str(market.user(person).email)


def test_whoever_may_decide_is_asked_and_never_who_asks(market: Market, mails: MailServer) -> None:
    """What, how much, who asks, why, and where to decide."""
    memo, asked = waiting_memo(market)
    drain()
    subject = f"Manager North asks for approval: Issue draft {memo.pk}"
    deciders = ("second_manager", "finance")
    assert mailed("approval_requested") == {address(market, person): subject for person in deciders}
    text = Delivery.objects.get(recipient=address(market, "finance")).body
    for said in ("Dear Finance North,", "Company: Acme north", "Amount: 50.00\u00a0EUR", "is issued to Acme north"):
        assert said in text
    assert f"/credit-memos/approvals/{asked.pk}/" in text
    assert {row.state for row in Delivery.objects.all()} == {"sent"}


def test_in_the_readers_language(market: Market, mails: MailServer) -> None:
    Membership.objects.filter(pk=market.people["finance"].membership.pk).update(language="de")
    Membership.objects.filter(pk=market.people["second_manager"].membership.pk).update(language="fr")
    waiting_memo(market)
    drain()
    found = mailed("approval_requested")
    assert "bittet um Genehmigung" in found[address(market, "finance")]
    assert "demande une approbation" in found[address(market, "second_manager")]


@pytest.mark.parametrize("decision", ["approve", "reject"])
def test_whoever_asked_learns_what_came_of_it(market: Market, mails: MailServer, decision: str) -> None:
    memo, asked = waiting_memo(market)
    finance = market.actor("finance")
    if decision == "approve":
        operations.approve(approval=asked, actor=finance, now=NOW)
    else:
        operations.reject(approval=asked, reason="Too much", actor=finance, now=NOW)
    drain()
    assert list(mailed("approval_decided")) == [address(market, "manager")]
    row = Delivery.objects.get(kind="approval_decided")
    if decision == "approve":
        assert row.subject == "Approved: Issue CM-2026-00001"
        assert "Finance North has approved your request" in row.body
        assert "Reason:" not in row.body
    else:
        assert row.subject == f"Rejected: Issue draft {memo.pk}"
        assert "Finance North has rejected your request" in row.body
        assert "Reason: Too much" in row.body


def test_whoever_withdraws_is_not_told_of_it(market: Market, mails: MailServer) -> None:
    _memo, asked = waiting_memo(market)
    operations.withdraw(approval=asked, actor=market.actor(), now=NOW)
    drain()
    assert not Delivery.objects.exists()


def test_new_staff_and_settings_are_told_too(market: Market, mails: MailServer) -> None:
    asked = operations.invite(
        company=market.operator, email="new@corp.example", name="Nora New", roles=["finance"], actor=market.actor(),
        now=NOW,
    )  # fmt: skip
    assert asked is not None
    drain()
    assert set(mailed("approval_requested")) == {address(market, "second_manager"), address(market, "finance")}
    row = Delivery.objects.filter(kind="approval_requested")[0]
    assert row.subject == "Manager North asks for approval: Add Nora New to Operator north"
    assert "Nora New (new@corp.example) may act for Operator north" in row.body
