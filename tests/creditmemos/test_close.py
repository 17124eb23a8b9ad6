"""Close: write off what is left, with a reason; above the threshold another person decides."""

from datetime import timedelta

from companies.domain.refusals import AlreadyAsked, OwnCompany, ReasonMissing
from companies.models import MarketplaceSettings
from core.errors import Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.refusals import PayoutPending
from creditmemos.models import CreditMemo
from creditmemos.operations.closing import ClosingNotAllowed, NotClosable
from tests.factories.companies import CompanyFactory, MembershipFactory
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, TODAY, VAT, Market, apply, issue_invoice, issue_memo
from tests.support.drafts import waiting_memo
from tests.support.verbs import entries, noted, posted, published, refused, set_threshold


def close(market: Market, memo: CreditMemo, *, person: str = "manager", **changes: object) -> CreditMemo | Approval:
    arguments = {"reason": " Contract ended ", "actor": market.actor(person), "now": NOW, **changes}
    return operations.close(memo=memo, **arguments)  # type: ignore[arg-type]


def test_what_is_left_is_written_off_gross_and_without_tax(market: Market) -> None:
    memo = issue_memo(market, taxes=(VAT,))
    apply(market, memo, issue_invoice(market), 2000)
    close(market, memo)
    memo.refresh_from_db()
    assert (memo.status, memo.applied, memo.written_off, memo.balance) == ("closed", 2000, 4000, 0)
    assert (memo.closed_at, memo.closed_by, memo.close_reason) == (NOW, market.user("manager"), "Contract ended")
    assert posted("creditmemo.close") == [[("customer_credit", 4000), ("credit_written_off", -4000)]]
    assert [row.memo_id for row in entries("creditmemo.close")] == [memo.pk, None]
    entry = noted("credit_memo.closed")
    assert (entry.note, entry.after) == ("Contract ended", {"written_off": 4000, "currency": "EUR"})
    assert published("credit_memo.closed") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_an_unused_memo_is_closed_whole(market: Market) -> None:
    memo = issue_memo(market)
    close(market, memo)
    memo.refresh_from_db()
    assert (memo.status, memo.written_off) == ("closed", 5000)


def test_only_open_memos_are_closed(market: Market) -> None:
    used, voided, done = issue_memo(market), issue_memo(market), issue_memo(market)
    apply(market, used, issue_invoice(market), 5000)
    operations.void(memo=voided, reason="Mistake", actor=market.actor(), now=NOW)
    close(market, done)
    draft, _approval = waiting_memo(market)
    set_threshold(market, None)
    for memo, status in ((used, "fully applied"), (voided, "voided"), (done, "closed"), (draft, "awaiting approval")):
        with refused(NotClosable) as caught:
            close(market, memo)
        assert caught.value.message == f"{memo} is {status}, so nothing can be written off."


def test_a_memo_that_is_being_paid_out_is_reserved(market: Market) -> None:
    memo = issue_memo(market)
    paid_out(market, memo, is_pending=True)
    with refused(PayoutPending):
        close(market, memo)


def test_a_marketplace_may_not_close_at_all(market: Market) -> None:
    memo = issue_memo(market)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(allow_close=False)
    with refused(ClosingNotAllowed):
        close(market, memo)


def test_a_reason_is_needed(market: Market) -> None:
    memo = issue_memo(market)
    with refused(ReasonMissing, field="reason"):
        close(market, memo, reason=" ")


def test_a_stranger_finds_no_memo(market: Market, south: Market) -> None:
    memo = issue_memo(market)
    with refused(Missing):
        close(south, memo)


def test_nobody_writes_off_at_their_own_company(market: Market) -> None:
    memo = issue_memo(market)
    holding = CompanyFactory.create(marketplace=market.marketplace, name="Holding")
    market.acme.parent = holding
    market.acme.save()
    MembershipFactory.create(user=market.user("manager"), company=holding, roles=["user"])
    with refused(OwnCompany, field="company") as caught:
        close(market, memo)
    assert caught.value.message == OwnCompany.text
    assert isinstance(close(market, memo, person="finance"), CreditMemo)


def test_a_memo_of_a_closed_period_is_written_off_today(market: Market) -> None:
    memo = issue_memo(market, now=NOW - timedelta(days=40))
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    close(market, memo)
    assert {row.posting_date for row in entries("creditmemo.close")} == {TODAY}


# --- the second person ------------------------------------------------------------------------------------------------


def test_above_the_threshold_a_second_person_is_asked(market: Market) -> None:
    memo = issue_memo(market)
    set_threshold(market, 4999)
    asked = close(market, memo, person="finance")
    memo.refresh_from_db()
    assert isinstance(asked, Approval)
    assert (asked.verb, asked.object_id, asked.amount, asked.company, asked.requested_by, asked.request_reason) == (
        "close", memo.pk, 5000, market.acme, market.user("finance"), "Contract ended"
    )  # fmt: skip
    assert asked.snapshot == {"status": "unapplied", "total": 5000, "balance": 5000, "applied": 0}
    assert (memo.status, memo.balance, posted("creditmemo.close")) == ("unapplied", 5000, [])
    assert noted("credit_memo.close_requested").note == "Contract ended"


def test_a_request_reserves_nothing(market: Market) -> None:
    memo = issue_memo(market)
    set_threshold(market, 0)
    close(market, memo)
    assert apply(market, memo, issue_invoice(market), 5000).amount == 5000


def test_it_is_asked_once(market: Market) -> None:
    memo = issue_memo(market)
    set_threshold(market, 0)
    close(market, memo)
    for person in ("manager", "finance"):
        with refused(AlreadyAsked):
            close(market, memo, person=person)


def test_while_a_request_waits_nobody_closes_it_alone_under_a_higher_threshold_either(market: Market) -> None:
    memo = issue_memo(market)
    set_threshold(market, 0)
    request = close(market, memo)
    assert isinstance(request, Approval)
    set_threshold(market, None)
    with refused(AlreadyAsked):
        close(market, memo, person="finance")
    operations.withdraw(approval=request, actor=market.actor(), now=NOW)
    assert isinstance(close(market, memo), CreditMemo)


def test_the_threshold_itself_needs_nobody(market: Market) -> None:
    memo = issue_memo(market)
    set_threshold(market, 5000)
    assert isinstance(close(market, memo, person="finance"), CreditMemo)


def test_issuing_and_closing_are_summed_over_24_hours(market: Market) -> None:
    set_threshold(market, 10000)
    old = issue_memo(market, "40.00", person="second_manager")
    issue_memo(market, "60.01", person="manager")
    assert isinstance(close(market, old, person="manager"), Approval)
    other = issue_memo(market, "40.00", person="finance")
    assert isinstance(close(market, other, person="manager", now=NOW + timedelta(hours=24)), CreditMemo)
    another = issue_memo(market, "30.00", person="second_manager", now=NOW + timedelta(hours=24))
    more = issue_memo(market, "30.00", person="second_manager", now=NOW + timedelta(hours=24))
    assert isinstance(close(market, another, person="manager", now=NOW + timedelta(hours=25)), CreditMemo)
    assert isinstance(close(market, more, person="manager", now=NOW + timedelta(hours=26)), CreditMemo)
    last = issue_memo(market, "0.01", person="finance", now=NOW + timedelta(hours=26))
    assert isinstance(close(market, last, person="manager", now=NOW + timedelta(hours=27)), Approval)


def test_an_approved_close_is_not_summed_but_a_later_one_alone_is(market: Market) -> None:
    memo = issue_memo(market, "50.00", person="second_manager")
    set_threshold(market, 0)
    asked = close(market, memo)
    assert isinstance(asked, Approval)
    operations.approve(approval=asked, actor=market.actor("finance"), now=NOW)
    set_threshold(market, 5000)
    other = issue_memo(market, "50.00", person="finance")
    assert isinstance(close(market, other), CreditMemo)

    reopening = operations.reopen(memo=memo, reason="Back", actor=market.actor(), now=NOW)
    operations.approve(approval=reopening, actor=market.actor("finance"), now=NOW + timedelta(hours=1))
    set_threshold(market, 10000)
    close(market, memo, now=NOW + timedelta(hours=2))
    set_threshold(market, 10000)
    third = issue_memo(market, "0.01", person="second_manager", now=NOW + timedelta(hours=2))
    assert isinstance(close(market, third, now=NOW + timedelta(hours=3)), Approval)
