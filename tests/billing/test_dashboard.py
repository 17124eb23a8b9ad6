"""The dashboard's figures of credit: by the days of its postings, so that a month that is over never changes."""

from datetime import UTC, datetime

import time_machine
from django.urls import reverse

from billing.operations.voiding import void_invoice
from billing.queries.dashboard import CREDIT_VERBS, credit_by_age, credit_by_month
from companies.operations.approvals import approve
from creditmemos import operations
from creditmemos.domain.wording import POSTINGS
from payments.operations import return_refund
from tests.factories.refunds import paid_out
from tests.factories.world import Market, apply, credit_invoice, issue_invoice, issue_memo, key
from tests.support.reading import Page, Sheet
from tests.support.visits import client_of

MAY = datetime(2026, 5, 18, 9, 30, tzinfo=UTC)
JUNE = datetime(2026, 6, 10, 9, 30, tzinfo=UTC)
COLUMNS = ("Issued", "Applied", "Written off", "Voided", "Outstanding")


def months(market: Market, now: datetime) -> Sheet:
    with time_machine.travel(now, tick=False):
        page = client_of(market.people["manager"]).get(reverse("billing:dashboard"))
    return Page(page.content).table("credit")


def figures(sheet: Sheet, month: str) -> list[int]:
    row = sheet.row(month)
    return [row.amount(column) for column in COLUMNS]


def test_every_verb_that_moves_credit_has_its_figure() -> None:
    assert set(CREDIT_VERBS) == {verb for verb in POSTINGS if verb.startswith(("creditmemo.", "refund."))}


def test_what_is_paid_out_is_gone_until_it_comes_back(market: Market) -> None:
    refund = paid_out(market, issue_memo(market, "50.00", now=MAY))
    assert months(market, MAY).row("May 2026").amount("Paid out") == 5000
    return_refund(refund=refund, value_date=JUNE.date(), why="Unknown account", actor=market.actor(), now=JUNE)
    june = months(market, JUNE)
    assert [june.row(f"{name} 2026").amount("Paid out") for name in ("May", "June")] == [5000, -5000]
    assert [june.row(f"{name} 2026").amount("Outstanding") for name in ("May", "June")] == [0, 5000]


def test_what_happens_later_leaves_the_months_that_are_over(market: Market) -> None:
    invoice = issue_invoice(market, now=MAY)
    voided, closed, used = (issue_memo(market, price, now=MAY) for price in ("50.00", "20.00", "30.00"))
    mistaken = issue_invoice(market, now=MAY)
    credited = credit_invoice(market, mistaken, 1000, now=MAY)
    applied = apply(market, used, invoice, 3000, now=MAY)
    before = figures(months(market, MAY), "May 2026")
    assert before == [5000 + 2000 + 3000 + 1200, 3000, 0, 0, 8200]

    actor = market.actor()
    operations.void(memo=voided, reason="Twice", actor=actor, now=JUNE)
    operations.close(memo=closed, reason="Too small", actor=actor, now=JUNE)
    operations.reverse(application=applied, reason="Wrong invoice", actor=actor, now=JUNE, key=key())
    void_invoice(invoice=mistaken, reason="Wrong", actor=actor, now=JUNE)
    credited.refresh_from_db()
    assert credited.status == "voided"
    june = months(market, JUNE)
    assert figures(june, "May 2026") == before
    assert figures(june, "June 2026") == [0, -3000, 2000, 6200, 3000]

    july = datetime(2026, 7, 5, tzinfo=UTC)
    asked = operations.reopen(memo=closed, reason="After all", actor=actor, now=july)
    approve(approval=asked, actor=market.actor("finance"), now=july)
    later = months(market, july)
    assert [figures(later, "May 2026"), figures(later, "June 2026")] == [before, figures(june, "June 2026")]
    assert figures(later, "July 2026") == [0, 0, -2000, 0, 5000]


def test_half_past_midnight_counts_where_the_marketplace_is(market: Market) -> None:
    market.marketplace.time_zone = "Europe/Berlin"
    market.marketplace.save()
    in_may, in_june = datetime(2026, 5, 31, 21, 30, tzinfo=UTC), datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    first, second = issue_memo(market, "20.00", now=MAY), issue_memo(market, "7.00", now=MAY)
    operations.close(memo=first, reason="Too small", actor=market.actor(), now=in_may)
    operations.close(memo=second, reason="Too small", actor=market.actor(), now=in_june)
    sheet = months(market, in_june)
    assert figures(sheet, "May 2026") == [2700, 0, 2000, 0, 700]
    assert figures(sheet, "June 2026") == [0, 0, 700, 0, 0]


def test_each_month_follows_from_the_one_before(market: Market, south: Market) -> None:
    invoice = issue_invoice(market, now=MAY)
    old = issue_memo(market, "12.00", now=datetime(2025, 3, 3, tzinfo=UTC))
    apply(market, issue_memo(market, "40.00", now=MAY), invoice, 2500, now=MAY)
    operations.void(memo=old, reason="Twice", actor=market.actor(), now=JUNE)
    issue_memo(south, "99.00", now=MAY)
    sheet = months(market, JUNE)
    left = sheet.row("Before").amount("Outstanding")
    assert left == 1200
    for row in sheet.rows[1:]:
        issued, *less, left_then = (row.amount(column) for column in COLUMNS)
        left += issued - sum(less)
        assert left == left_then, row
    today = JUNE.date()
    assert left == sum(age.amount for age in credit_by_age(market.marketplace.pk, today)) == 1500
    assert credit_by_month(market.marketplace.pk, today)[-1].outstanding == left
