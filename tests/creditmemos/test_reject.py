"""Reject: another person, with a reason; a memo becomes an editable draft, everything else stays as it is."""

import pytest

from companies.domain.refusals import MakerIsChecker, NotWaiting, ReasonMissing
from core.errors import Missing
from core.models import Approval
from creditmemos import operations
from tests.factories.world import NOW, Market, issue_memo
from tests.support.drafts import closed_memo, waiting_close, waiting_memo
from tests.support.verbs import noted, posted, published, refused


def reject(market: Market, approval: Approval, *, person: str = "finance", reason: str = " No ticket ") -> None:
    operations.reject(approval=approval, reason=reason, actor=market.actor(person), now=NOW)


def test_a_memo_becomes_a_draft_again(market: Market) -> None:
    memo, approval = waiting_memo(market)
    reject(market, approval)
    memo.refresh_from_db()
    approval.refresh_from_db()
    assert (memo.status, memo.number, memo.balance) == ("rejected", None, 0)
    assert (approval.decision, approval.decision_reason, approval.decided_by, approval.decided_at) == (
        "rejected", "No ticket", market.user("finance"), NOW
    )  # fmt: skip
    entry = noted("credit_memo.rejected")
    assert (entry.note, entry.after, entry.object_id, entry.company) == (
        "No ticket", {"asked": "issue"}, memo.pk, market.acme
    )  # fmt: skip
    assert (posted("creditmemo.issue"), published("credit_memo.issued")) == ([], [])


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_a_request_to_close_or_reopen_leaves_the_memo_alone(market: Market, verb: str) -> None:
    memo = issue_memo(market) if verb == "close" else closed_memo(market)
    asked = (
        waiting_close(market, memo)
        if verb == "close"
        else operations.reopen(memo=memo, reason="They came back", actor=market.actor(), now=NOW)
    )
    before = (memo.status, memo.balance)
    reject(market, asked)
    memo.refresh_from_db()
    assert (memo.status, memo.balance) == before
    assert noted("credit_memo.rejected").after == {"asked": verb}


def test_a_reason_is_needed(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    with refused(ReasonMissing, field="reason"):
        reject(market, approval, reason="  \n")


def test_the_maker_withdraws_instead(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    with refused(MakerIsChecker):
        reject(market, approval, person="manager")


def test_it_is_decided_once(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    reject(market, approval)
    with refused(NotWaiting):
        reject(market, approval)


def test_a_stranger_finds_nothing_to_reject(market: Market, south: Market) -> None:
    _memo, approval = waiting_memo(market)
    with refused(Missing):
        reject(south, approval)
