"""The statement of an account says what the books say, row by row."""

from datetime import date, timedelta

import pytest

from billing.operations.voiding import void_invoice
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo
from creditmemos.queries.statement import Extent, extent_of, statement_rows, whole_statement
from invoices.models import Invoice
from tests.factories.world import NOW, TODAY, Market, apply, charge, issue_invoice, issue_memo, key, make_market

pytestmark = pytest.mark.django_db

START, END = date(2000, 1, 1), date(2100, 1, 1)


def told(market: Market) -> list[tuple[object, ...]]:
    rows = statement_rows(market.account(), start=START, end=END, size=100)
    return [(row.verb, row.debit, row.credit, row.applied, row.balance, row.documents) for row in rows]


def test_every_verb_is_one_row_and_the_balance_runs() -> None:
    market = make_market()
    first, second = issue_invoice(market), issue_invoice(market, charge("10.00"))
    memo, unused = issue_memo(market), issue_memo(market, "5.00")
    application = apply(market, memo, first, 3000)
    operations.reverse(application=application, reason="Wrong one", actor=market.actor(), now=NOW, key=key())
    apply(market, memo, second, 1200)
    operations.close(memo=memo, reason="Old", actor=market.actor(), now=NOW)
    operations.void(memo=unused, reason="Twice", actor=market.actor(), now=NOW)
    void_invoice(invoice=first, reason="Wrong", actor=market.actor(), now=NOW)

    assert told(market) == [
        ("invoice.issue", 12000, 0, 0, 12000, first.number),
        ("invoice.issue", 1200, 0, 0, 13200, second.number),
        ("creditmemo.issue", 0, 5000, 0, 8200, memo.number),
        ("creditmemo.issue", 0, 500, 0, 7700, unused.number),
        ("creditmemo.apply", 0, 0, 3000, 7700, f"{memo.number}, {first.number}"),
        ("creditmemo.reverse", 0, 0, -3000, 7700, f"{memo.number}, {first.number}"),
        ("creditmemo.apply", 0, 0, 1200, 7700, f"{memo.number}, {second.number}"),
        ("creditmemo.close", 3800, 0, 0, 11500, memo.number),
        ("creditmemo.void", 500, 0, 0, 12000, unused.number),
        ("invoice.void", 0, 12000, 0, 0, first.number),
    ]


def test_it_ends_at_open_dues_less_open_credit() -> None:
    market = make_market()
    invoices = [issue_invoice(market, charge(price)) for price in ("10.00", "33.33", "0.07")]
    memos = [issue_memo(market, price) for price in ("12.00", "5.55")]
    wanted = [Allocation(memos[0].pk, invoices[1].pk, 700), Allocation(memos[1].pk, invoices[0].pk, 5)]
    operations.apply(allocations=wanted, actor=market.actor(), now=NOW, key=key())
    issue_invoice(market, company=market.birch)

    due = sum(Invoice.objects.filter(account=market.account()).values_list("amount_due", flat=True))
    credit = sum(CreditMemo.objects.filter(account=market.account()).values_list("balance", flat=True))

    extent = extent_of(market.account(), start=START, end=END)
    assert (extent.count, extent.opening, extent.credit, extent.closing) == (6, 0, 1755, due - credit)
    assert told(market)[-1][2:5] == (0, 705, due - credit)


def test_a_range_of_days_opens_with_what_was_before() -> None:
    market = make_market()
    for days in range(4):
        issue_invoice(market, charge("10.00", taxes=()), now=NOW + timedelta(days=days))
    start, end = TODAY + timedelta(days=1), TODAY + timedelta(days=2)

    rows = statement_rows(market.account(), start=start, end=end, size=100)

    assert [(row.day, row.balance) for row in rows] == [(start, 2000), (end, 3000)]
    assert extent_of(market.account(), start=start, end=end) == Extent(2, 0, 1000, 2000, 0, 0)
    assert extent_of(market.account(), start=END, end=END) == Extent(0, 0, 4000, 0, 0, 0)


def test_pages_and_files_tell_the_same_rows() -> None:
    market = make_market()
    for _ in range(7):
        issue_invoice(market, charge("1.00", taxes=()))
    account = market.account()

    paged = [row for skip in (0, 3, 6) for row in statement_rows(account, start=START, end=END, size=3, skip=skip)]

    assert [row.balance for row in paged] == [100, 200, 300, 400, 500, 600, 700]
    assert list(whole_statement(account, start=START, end=END)) == paged
