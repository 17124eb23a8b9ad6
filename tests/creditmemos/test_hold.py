"""Hold: keep credit from automatic and customers' own use."""

from core.errors import Missing
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.holding import HoldUnchanged
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.drafts import closed_memo, waiting_memo
from tests.support.verbs import noted, posted, published, refused


def hold(market: Market, memo: CreditMemo) -> CreditMemo:
    return operations.hold(memo=memo, actor=market.actor(), now=NOW)


def test_it_is_left_alone_afterwards(market: Market) -> None:
    memo, invoice = issue_memo(market, use="follow"), issue_invoice(market)
    hold(market, memo)
    memo.refresh_from_db()
    assert (memo.on_hold, memo.status, memo.balance) == (True, "unapplied", 5000)
    entry = noted("credit_memo.held")
    assert (entry.object_id, entry.company, entry.actor) == (memo.pk, market.acme, market.user("manager"))
    assert operations.apply_automatically(account_id=memo.account_id, now=NOW) == []
    assert (posted("creditmemo.hold"), published("credit_memo.released")) == ([], [])
    assert apply(market, memo, invoice, 100).amount == 100


def test_a_partly_used_memo_can_be_held(market: Market) -> None:
    memo = issue_memo(market, use="follow")
    apply(market, memo, issue_invoice(market), 100)
    assert hold(market, memo).on_hold is True


def test_what_is_held_or_has_nothing_left_is_refused(market: Market) -> None:
    used, voided = issue_memo(market, use="follow"), issue_memo(market, use="follow")
    apply(market, used, issue_invoice(market), 5000)
    operations.void(memo=voided, reason="Mistake", actor=market.actor(), now=NOW)
    held, closed = issue_memo(market, use="hold"), closed_memo(market)
    draft, _approval = waiting_memo(market, use="follow")
    for memo in (used, voided, closed, draft):
        with refused(HoldUnchanged) as caught:
            hold(market, memo)
        assert caught.value.message == f"{memo} has no credit that could be held or released."
    with refused(HoldUnchanged) as caught:
        hold(market, held)
    assert caught.value.message == f"{held} is already on hold."


def test_a_stranger_finds_no_memo(market: Market, south: Market) -> None:
    memo = issue_memo(market, use="follow")
    with refused(Missing):
        hold(south, memo)
