"""The first runs after the upgrade bill what the earlier release left, and nothing of what it billed."""

from collections import defaultdict
from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command

from billing.models import BillingEvent, BillingException, BillingRun, Charge, Credit, RunLine
from billing.operations.running import start_run
from companies.members import Member
from companies.models import Membership
from core.actors import Actor
from creditmemos.models import Application, CreditMemo
from invoices.models import Invoice
from subscriptions.models import Subscription
from subscriptions.periods import DAY
from tests.support.books import assert_books_balance
from tests.support.databases import Copy
from tests.upgrade.conftest import DAY_AFTER
from tests.upgrade.test_work import go_on

pytestmark = pytest.mark.slow

MAY, JUNE = date(2026, 5, 1), date(2026, 6, 1)
THROUGH = date(2026, 6, 18)
Line = tuple[str, str, date | None, date | None, int, int]


def manager(code: str) -> Actor:
    """Who starts runs of a marketplace."""
    found = Membership.objects.get(user__email=f"manager.{code}@example.com", company__name=f"Operator {code}")
    return Member(found).actor


def bill(code: str, key: str = "the run after the upgrade") -> BillingRun:
    """A whole run of a marketplace, started by its manager."""
    go_on("subscription.agreed")
    run = start_run(through=THROUGH, actor=manager(code), now=DAY_AFTER, key=key)
    go_on("billing.run.started")
    go_on("billing.run.turn")
    run.refresh_from_db()
    assert run.state == "finished"
    return run


def lines(run: BillingRun, payer: str) -> list[Line]:
    """Product, kind, days, discount and net of each line that the run invoiced, as rating made them."""
    rows = Charge.objects.filter(invoice_line__invoice__run_document__run=run, invoice_line__invoice__payer__name=payer)
    return list(
        rows.order_by("pk").values_list(
            "invoice_line__product_name", "kind", "first", "last", "invoice_line__discount", "invoice_line__net"
        )
    )


def invoices(run: BillingRun) -> dict[str, tuple[int, int, int, int]]:
    """Net, tax, total and what is still due of each payer's only invoice."""
    rows = Invoice.objects.filter(run_document__run=run)
    found = {row.payer.name: (row.net, row.tax, row.total, row.amount_due) for row in rows.select_related("payer")}
    assert len(found) == len(rows)
    return found


def owned_days(code: str) -> dict[int, list[date]]:
    """The days that each subscription was charged for and that were not given back; those of voided invoices too."""
    found: dict[int, list[date]] = defaultdict(list)
    for charge in Charge.objects.filter(marketplace__code=code, counted="days"):
        assert charge.first
        assert charge.subscription_id
        kept = range(charge.whole - charge.undone)
        found[charge.subscription_id] += [charge.first + number * DAY for number in kept]
    return found


def test_fees_usage_and_orders_of_an_account_with_an_amount_off(upgraded: Copy) -> None:
    """5.00 off for whatever Acme buys counts once a month (ADR 30). The earlier release gave it in May already, and more
    than once: 5.00 on the fee of Mail Suite, 1.45 and 3.55 on that of Vault. So nothing of May gets it; June's goes to
    the first fee that begins in June. (That release would have given 25.00 more: 5.00 on usage, 0.48 and 4.52 and 5.00
    on Fresh, 5.00 on each order: 30.00 with tax.)
    """
    run = bill("north")
    assert lines(run, "Acme north") == [
        ("Mail Suite", "recurring", JUNE, date(2026, 6, 30), 500, 36700),  # 12 x 31.00 less June's 5.00
        ("Mail Suite", "usage", MAY, date(2026, 5, 31), 0, 7000),  # 70 x 1.00
        ("Fresh", "purchase", date(2026, 5, 12), date(2026, 5, 14), 0, 97),  # 2 x 5.00 x 3/31, until the seats change
        ("Fresh", "purchase", date(2026, 5, 15), date(2026, 6, 11), 0, 1355),  # 3 x 5.00 x 28/31
        ("Fresh", "recurring", date(2026, 6, 12), date(2026, 7, 11), 0, 1500),  # 3 x 5.00
        ("Setup", "order", None, None, 0, 25000),  # ordered on 17 May
        ("Setup", "order", None, None, 0, 1900),  # ordered on 17 June
    ]  # fmt: skip
    # Taxes of 20 % by line: 73.40 + 14.00 + 0.19 + 2.71 + 3.00 + 50.00 + 3.80.
    assert invoices(run)["Acme north"] == (73552, 14710, 88262, 88262)


def test_what_is_given_back_is_what_was_charged(upgraded: Copy) -> None:
    """Vault was cancelled on 18 May: of 22 days for 172.45 net nine were used, 70.55, and 101.90 comes back; 7.00 were
    a correction by hand. The memo is used at once on the earlier release's invoice of Vault, which it credits."""
    run = bill("north")
    [memo] = CreditMemo.objects.filter(run_document__run=run)
    assert (memo.payer.name, memo.net, memo.tax, memo.total, memo.balance) == ("Acme north", 10890, 2178, 13068, 0)
    parts = Credit.objects.filter(memo_line__memo=memo).order_by("pk")
    assert list(parts.values_list("kind", "charge__invoice_line__net", "undone", "net", "tax")) == [
        ("cancellation", 17245, 13, 10190, 2038), ("correction", None, 0, 700, 140),
    ]  # fmt: skip
    [source] = Invoice.objects.filter(lines__credited_by__memo=memo)
    [used] = Application.objects.filter(memo=memo)
    assert (used.invoice, used.invoice.payer.name, used.amount) == (source, "Acme north", 13068)


def test_the_other_payers(upgraded: Copy) -> None:
    """Birch: Backup in arrears for May, whose seats rose from 3 to 5 on the 12th, and Desk for June; Desk of April
    was on an invoice that was voided, and is not billed again. The reseller: Untold for June."""
    run = bill("north")
    assert lines(run, "Birch north") == [
        ("Backup", "recurring", MAY, date(2026, 5, 11), 0, 1331),  # 3 x 12.50 x 11/31
        ("Backup", "recurring", date(2026, 5, 12), date(2026, 5, 31), 0, 4032),  # 5 x 12.50 x 20/31
        ("Desk", "recurring", JUNE, date(2026, 6, 30), 0, 4500),  # 5 x 9.00
    ]  # fmt: skip
    assert lines(run, "Reseller north") == [("Untold", "recurring", JUNE, date(2026, 6, 30), 0, 10500)]  # 15 x 7.00
    assert invoices(run) == {
        "Acme north": (73552, 14710, 88262, 88262),
        "Birch north": (9863, 1972, 11835, 11835),  # taxes 2.66 + 8.06 + 9.00
        "Reseller north": (10500, 2100, 12600, 12600),
    }
    columns = ("payer__name", "state", "invoices", "invoiced", "credited", "applied", "due", "failed_events")
    assert sorted(RunLine.objects.filter(run=run).values_list(*columns)) == [
        ("Acme north", "done", 1, 88262, 13068, 13068, 88262, 1),
        ("Birch north", "done", 1, 11835, 0, 0, 11835, 0),
        ("Reseller north", "done", 1, 12600, 0, 0, 12600, 0),
    ]


def test_the_first_pipeline_bills_june(upgraded: Copy) -> None:
    """6 x 31.00; the fall from 10 to 6 seats in May was billed before, and left nothing below zero to carry."""
    run = bill("west")
    assert lines(run, "Acme west") == [("Mail Suite", "recurring", JUNE, date(2026, 6, 30), 0, 18600)]
    assert invoices(run) == {"Acme west": (18600, 3720, 22320, 22320)}
    assert_books_balance()


def test_nothing_is_billed_twice(upgraded: Copy) -> None:
    """No event again, no day of a subscription twice; a second run the same day finds nothing, and the books balance."""
    billed = BillingEvent.objects.exclude(status__in=["pending", "failed"])
    before = dict(billed.values_list("key", "run_id"))
    made = set(Charge.objects.values_list("pk", flat=True))
    old = sorted(Invoice.objects.exclude(number=None).values_list("pk", "number", "net", "tax", "total", "voided_at"))
    run = bill("north")
    assert {key: ran for key, ran in billed.values_list("key", "run_id") if key in before} == before
    assert not Charge.objects.exclude(pk__in=made).filter(event__key__in=before).exists()
    twice = {key: days for key, days in owned_days("north").items() if len(days) != len(set(days))}
    assert twice == {}
    assert len(owned_days("north")) == Subscription.objects.filter(marketplace__code="north").count()
    same = Invoice.objects.filter(pk__in=[row[0] for row in old])
    assert sorted(same.values_list("pk", "number", "net", "tax", "total", "voided_at")) == old
    failed = BillingEvent.objects.filter(run=run, status="failed")
    assert list(failed.values_list("kind", "source_key", "reason")) == [("refund", "order 4711", "no_source")]
    assert not BillingException.objects.filter(run=run).exists()
    assert not BillingEvent.objects.pending().filter(marketplace__code="north", day__lte=THROUGH).exists()
    again = bill("north", key="once more")
    assert again.lines.count() == 0
    assert_books_balance()
    call_command("verify_books", stdout=StringIO())


def test_charges_say_what_they_took_of_an_amount_off(upgraded: Copy) -> None:
    """5.00 a month, as the earlier release gave it: on each fee and each count of usage, by days where seats changed."""
    told = Charge.objects.filter(marketplace__code="north", how__has_key="off").order_by("pk")
    kinds = told.values_list("invoice_line__product_name", "counted", "how__off")
    found = [(product, counted, *each[1:]) for product, counted, off in kinds for each in off]
    assert found == [
        ("Mail Suite", "days", "2026-04-01", 233), ("Mail Suite", "days", "2026-04-01", 267),
        ("Mail Suite", "amount", "2026-04-01", 500), ("Mail Suite", "amount", "2026-04-01", 500),
        ("Vault", "days", "2026-04-01", 500),
        ("Mail Suite", "days", "2026-05-01", 500), ("Vault", "days", "2026-05-01", 145), ("Vault", "days", "2026-05-01", 355),
    ]  # fmt: skip
