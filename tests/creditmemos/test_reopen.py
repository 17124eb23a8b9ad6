"""Reopen: always asks a second person; test_approve shows what happens then."""

import pytest

from companies.domain.refusals import AlreadyAsked, OwnCompany, ReasonMissing
from core.errors import Missing
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.reopening import NotClosed
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.drafts import closed_memo
from tests.support.verbs import noted, posted, published, refused


def reopen(market: Market, memo: CreditMemo, *, person: str = "manager", reason: str = " They came back ") -> object:
    return operations.reopen(memo=memo, reason=reason, actor=market.actor(person), now=NOW)


def test_it_asks_whatever_the_amount(market: Market) -> None:
    memo = closed_memo(market, "0.01")
    asked = operations.reopen(memo=memo, reason=" They came back ", actor=market.actor("finance"), now=NOW)
    assert (asked.verb, asked.object_id, asked.amount, asked.currency, asked.company) == (
        "reopen", memo.pk, 1, "EUR", market.acme
    )  # fmt: skip
    assert (asked.requested_by, asked.request_reason, asked.decision) == (
        market.user("finance"), "They came back", "waiting"
    )  # fmt: skip
    memo.refresh_from_db()
    assert (memo.status, memo.written_off, memo.balance) == ("closed", 1, 0)
    assert (posted("creditmemo.reopen"), published("credit_memo.reopened")) == ([], [])
    assert noted("credit_memo.reopen_requested").after == {"amount": 1, "currency": "EUR"}


def test_only_closed_memos_are_reopened(market: Market) -> None:
    open_one, voided, used = issue_memo(market), issue_memo(market), issue_memo(market)
    operations.void(memo=voided, reason="Mistake", actor=market.actor(), now=NOW)
    apply(market, used, issue_invoice(market), 5000)
    for memo in (open_one, voided, used):
        with refused(NotClosed) as caught:
            reopen(market, memo)
        assert caught.value.message == f"{memo.number} is not closed."


def test_it_is_asked_once(market: Market) -> None:
    memo = closed_memo(market)
    reopen(market, memo)
    with refused(AlreadyAsked):
        reopen(market, memo, person="finance")


@pytest.mark.parametrize("reason", ["", " \t"])
def test_a_reason_is_needed(market: Market, reason: str) -> None:
    memo = closed_memo(market)
    with refused(ReasonMissing, field="reason"):
        reopen(market, memo, reason=reason)


def test_nobody_reopens_at_their_own_company(market: Market) -> None:
    memo = closed_memo(market)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        reopen(market, memo)


def test_a_stranger_finds_no_memo(market: Market, south: Market) -> None:
    memo = closed_memo(market)
    with refused(Missing):
        reopen(south, memo)
