"""Release: credit on hold may be used automatically again, at once if something is open."""

from core.errors import Missing
from creditmemos import operations
from creditmemos.models import CreditMemo
from creditmemos.operations.holding import HoldUnchanged
from tests.factories.world import NOW, Market, apply, issue_invoice, issue_memo
from tests.support.verbs import noted, published, refused


def release(market: Market, memo: CreditMemo) -> CreditMemo:
    return operations.release(memo=memo, actor=market.actor(), now=NOW)


def test_it_is_used_again(market: Market) -> None:
    memo = issue_memo(market)
    release(market, memo)
    memo.refresh_from_db()
    assert (memo.on_hold, memo.status) == (False, "unapplied")
    entry = noted("credit_memo.released")
    assert (entry.object_id, entry.company) == (memo.pk, market.acme)
    assert published("credit_memo.released") == [{"memo_id": memo.pk, "account_id": memo.account_id}]
    issue_invoice(market)
    assert len(operations.apply_automatically(account_id=memo.account_id, now=NOW)) == 1


def test_what_is_free_or_has_nothing_left_is_refused(market: Market) -> None:
    free, used, voided = issue_memo(market, use="follow"), issue_memo(market), issue_memo(market)
    apply(market, used, issue_invoice(market), 5000)
    operations.void(memo=voided, reason="Mistake", actor=market.actor(), now=NOW)
    for memo in (free, used, voided):
        with refused(HoldUnchanged):
            release(market, memo)


def test_a_stranger_finds_no_memo(market: Market, south: Market) -> None:
    memo = issue_memo(market)
    with refused(Missing):
        release(south, memo)
