"""Close a period: days that are over, forward only, and nothing is posted in them afterwards."""

from datetime import UTC, date, datetime, timedelta

from companies import operations
from companies.domain.refusals import ClosedAlready, DayNotOver
from companies.models import MerchantOfRecord
from core.errors import Missing, PeriodClosed
from core.models import AuditEntry
from core.retry import retry
from tests.factories.companies import MerchantFactory
from tests.factories.world import NOW, TODAY, Market, issue_invoice, issue_memo, make_market
from tests.support.verbs import noted, refused

YESTERDAY = TODAY - timedelta(days=1)


def close(market: Market, through: date, *, now: datetime = NOW) -> MerchantOfRecord:
    return operations.close_period(merchant=market.merchant, through=through, actor=market.actor("finance"), now=now)


def test_it_is_closed_through_a_day_that_is_over(market: Market) -> None:
    close(market, date(2026, 4, 30))
    market.merchant.refresh_from_db()
    assert market.merchant.closed_through == date(2026, 4, 30)
    entry = noted("period.closed")
    assert (entry.object_id, entry.company, entry.actor) == (
        market.merchant.pk,
        market.operator,
        market.user("finance"),
    )
    assert (entry.before, entry.after) == ({"closed_through": None}, {"closed_through": "2026-04-30"})


def test_it_moves_forward_only(market: Market) -> None:
    close(market, date(2026, 4, 30))
    for day in (date(2026, 4, 30), date(2026, 3, 31)):
        with refused(ClosedAlready, field="through") as caught:
            close(market, day)
        assert caught.value.message == "The period is already closed through 2026-04-30."
    close(market, date(2026, 5, 1))
    assert list(AuditEntry.objects.order_by("pk").values_list("before", flat=True)) == [
        {"closed_through": None}, {"closed_through": "2026-04-30"}
    ]  # fmt: skip


def test_today_is_not_over_where_the_marketplace_is(market: Market) -> None:
    for day in (TODAY, TODAY + timedelta(days=1)):
        with refused(DayNotOver, field="through") as caught:
            close(market, day)
        assert caught.value.message == "Only days that are over can be closed: choose a day before 2026-05-18."
    late = datetime(2026, 5, 18, 22, 30, tzinfo=UTC)  # Half past midnight in Berlin.
    assert close(market, TODAY, now=late).closed_through == TODAY


def test_each_merchant_has_its_own_books(market: Market) -> None:
    other = MerchantFactory.create(company=market.reseller)
    close(market, YESTERDAY)
    other.refresh_from_db()
    assert other.closed_through is None


def test_a_stranger_finds_no_merchant(market: Market) -> None:
    south = make_market("south")
    with refused(Missing):
        operations.close_period(merchant=market.merchant, through=YESTERDAY, actor=south.actor("finance"), now=NOW)


def test_today_stays_open_for_every_verb(market: Market) -> None:
    close(market, YESTERDAY)
    assert issue_invoice(market).issue_date == TODAY


def test_a_clock_that_went_back_posts_nothing_into_it(market: Market) -> None:
    market.account()
    market.reason()
    close(market, YESTERDAY)
    with refused(PeriodClosed) as caught:
        retry(lambda: issue_memo(market, now=NOW - timedelta(days=1)))
    assert caught.value.message == "That day is in a closed period."
