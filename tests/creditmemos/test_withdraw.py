"""Withdraw: the maker alone takes a request back."""

from companies.domain.refusals import NotTheMaker, NotWaiting
from core.errors import Missing
from core.models import Approval
from creditmemos import operations
from tests.factories.world import NOW, Market, issue_memo
from tests.support.drafts import closed_memo, waiting_close, waiting_memo
from tests.support.verbs import noted, refused


def withdraw(market: Market, approval: Approval, *, person: str = "manager") -> None:
    operations.withdraw(approval=approval, actor=market.actor(person), now=NOW)


def test_a_memo_becomes_a_draft(market: Market) -> None:
    memo, approval = waiting_memo(market)
    withdraw(market, approval)
    memo.refresh_from_db()
    approval.refresh_from_db()
    assert (memo.status, memo.number) == ("draft", None)
    assert (approval.decision, approval.decided_by, approval.decided_at) == ("withdrawn", market.user("manager"), NOW)
    assert noted("credit_memo.withdrawn").after == {"asked": "issue"}


def test_a_request_to_close_or_reopen_leaves_the_memo_alone(market: Market) -> None:
    closed = closed_memo(market)
    reopening = operations.reopen(memo=closed, reason="They came back", actor=market.actor(), now=NOW)
    opened = issue_memo(market)
    closing = waiting_close(market, opened)
    for memo, asked in ((opened, closing), (closed, reopening)):
        before = (memo.status, memo.balance, memo.written_off)
        withdraw(market, asked)
        memo.refresh_from_db()
        assert (memo.status, memo.balance, memo.written_off) == before


def test_the_same_may_be_asked_again_afterwards(market: Market) -> None:
    memo = issue_memo(market)
    withdraw(market, waiting_close(market, memo))
    assert waiting_close(market, memo).decision == "waiting"


def test_nobody_else_takes_it_back(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    for person in ("finance", "second_manager"):
        with refused(NotTheMaker):
            withdraw(market, approval, person=person)


def test_a_decided_request_is_not_taken_back(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    operations.approve(approval=approval, actor=market.actor("finance"), now=NOW)
    with refused(NotWaiting):
        withdraw(market, approval)


def test_a_stranger_finds_nothing_to_take_back(market: Market, south: Market) -> None:
    _memo, approval = waiting_memo(market)
    with refused(Missing):
        withdraw(south, approval)
