"""Requests that wait for a second person, and how they are decided in tests."""

from core.models import Approval
from creditmemos import operations
from creditmemos.models import CreditMemo
from tests.factories.world import NOW, Market, issue_memo
from tests.support.verbs import set_threshold


def waiting_memo(market: Market, price: str = "50.00", **changes: object) -> tuple[CreditMemo, Approval]:
    """An ad hoc memo of the manager that waits to be issued."""
    set_threshold(market, 100)
    memo = issue_memo(market, price, **changes)  # type: ignore[arg-type]
    return memo, request_of(memo, "issue")


def waiting_close(market: Market, memo: CreditMemo) -> Approval:
    """The manager's request to close a memo."""
    set_threshold(market, 100)
    asked = operations.close(memo=memo, reason="Contract ended", actor=market.actor(), now=NOW)
    assert isinstance(asked, Approval)
    return asked


def closed_memo(market: Market, price: str = "50.00") -> CreditMemo:
    """A memo that the manager closed alone."""
    closed = operations.close(memo=issue_memo(market, price), reason="Contract ended", actor=market.actor(), now=NOW)
    assert isinstance(closed, CreditMemo)
    return closed


def request_of(memo: CreditMemo, verb: str) -> Approval:
    """The request about a memo that waits."""
    return Approval.objects.get(object_id=memo.pk, verb=verb, decision="waiting")
