from datetime import date, timedelta

import pytest

from invoices.domain.aging import BUCKETS, Aging, bucket_of, lessened
from invoices.queries.aging import aging_of
from tests.factories.world import NOW, TODAY, apply, charge, issue_invoice, issue_memo, make_market

DAY = date(2026, 5, 18)


@pytest.mark.parametrize(
    ("days", "bucket"),
    [(-5, "not_due"), (0, "not_due"), (1, "d1"), (30, "d1"), (31, "d31"), (60, "d31"), (61, "d61"), (90, "d61"),
     (91, "d91"), (4000, "d91")],
)  # fmt: skip
def test_bucket_of(days: int, bucket: str) -> None:
    assert bucket_of(DAY - timedelta(days=days), DAY) == bucket


def test_lessened_takes_from_the_buckets_and_keeps_the_rest() -> None:
    before = Aging({"not_due": 500, "d1": 300, "d31": 0, "d61": 0, "d91": 20}, invoices=3)

    after = lessened(before, [("d91", 20), ("d1", 100)], settled=1)

    assert after == Aging({"not_due": 500, "d1": 200, "d31": 0, "d61": 0, "d91": 0}, invoices=2)
    assert (before.total, before.overdue, after.total, after.overdue) == (820, 320, 700, 200)


@pytest.mark.django_db
def test_the_statement_agrees_with_the_pure_function() -> None:
    market = make_market()
    expected = dict.fromkeys(BUCKETS, 0)
    for days in (-20, 0, 1, 30, 31, 60, 61, 90, 91, 400):
        issue_invoice(market, charge(str(days + 100), taxes=()), terms_days=30)
        looked_at = TODAY + timedelta(days=30 + days)
        assert aging_of(market.account().pk, looked_at).due[bucket_of(TODAY + timedelta(days=30), looked_at)] > 0
    settled, other = issue_invoice(market, terms_days=1), issue_invoice(market, company=market.birch)
    apply(market, issue_memo(market, "120.00"), settled, 12000)
    expected["d1"] = sum((days + 100) * 100 for days in (-20, 0, 1, 30, 31, 60, 61, 90, 91, 400))

    found = aging_of(market.account().pk, NOW.date() + timedelta(days=31))

    assert other.account_id != market.account().pk
    assert (found.due, found.invoices, found.total) == (expected, 10, found.overdue)
