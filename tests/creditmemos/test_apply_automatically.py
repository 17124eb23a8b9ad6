"""Use free credit by the marketplace's policy: what goes where, what is left alone, and when it happens."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from billing.operations.voiding import void_invoice
from companies.models import Company, MarketplaceSettings
from core import consumer
from core.models import OutboxJob
from creditmemos import operations
from creditmemos.domain.planning import Allocation, Credit, Debt, plan
from creditmemos.models import Application
from invoices.models import Invoice
from tests.factories.refunds import paid_out
from tests.factories.world import NOW, TODAY, Market, apply, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.drafts import closed_memo, waiting_memo
from tests.support.verbs import make_pending, noted, posted, published

Taken = list[tuple[str | None, str | None, int]]


def settle(market: Market, company: Company | None = None) -> Taken:
    """Run it for the company's account: (memo, invoice, amount) of every application made."""
    made = operations.apply_automatically(account_id=market.account(company).pk, now=NOW)
    return [(row.memo.number, row.invoice.number, row.amount) for row in made]


def owed(market: Market, price: str, **extra: object) -> Invoice:
    return issue_invoice(market, charge(price, taxes=()), **extra)  # type: ignore[arg-type]


def change(market: Market, **values: object) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(**values)


def test_a_memo_of_100_meets_60_and_70(market: Market) -> None:
    first, second = owed(market, "60.00"), owed(market, "70.00")
    memo = issue_memo(market, "100.00", use="follow")
    assert settle(market) == [
        ("CM-2026-00001", "INV-2026-00001", 6000), ("CM-2026-00001", "INV-2026-00002", 4000)
    ]  # fmt: skip
    for row in (memo, first, second):
        row.refresh_from_db()
    assert (first.status, second.amount_due, memo.status) == ("paid", 3000, "fully_applied")

    void_invoice(invoice=second, reason="Mistake", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    assert (memo.status, memo.balance) == ("partially_applied", 4000)

    operations.close(memo=memo, reason="Waived", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    assert (memo.status, memo.written_off, memo.balance) == ("closed", 4000, 0)


def test_it_is_the_pipelines_doing_and_says_so(market: Market) -> None:
    owed(market, "60.00")
    memo = issue_memo(market, use="follow")
    settle(market)
    application = Application.objects.get()
    assert (application.automatic, application.actor, application.posting_date) == (True, None, TODAY)
    entry = noted("credit_memo.applied")
    assert (entry.actor, entry.who, entry.after["automatic"]) == (None, "Billing pipeline", True)
    assert posted("creditmemo.apply") == [[("customer_credit", 5000), ("receivable", -5000)]]
    assert published("credit_memo.applied")[0]["memo_ids"] == [memo.pk]


def test_running_it_again_finds_nothing_to_do(market: Market) -> None:
    owed(market, "60.00")
    issue_memo(market, use="follow")
    assert len(settle(market)) == 1
    assert settle(market) == []
    assert (len(published("credit_memo.applied")), Application.objects.count()) == (1, 1)


def test_older_memos_go_first_and_ties_go_by_number(market: Market) -> None:
    owed(market, "70.00")
    young = issue_memo(market, "40.00", use="follow", now=NOW + timedelta(days=1))
    old, old_too = issue_memo(market, "40.00", use="follow"), issue_memo(market, "40.00", use="follow")
    assert settle(market) == [(young.number, "INV-2026-00001", 4000), (old.number, "INV-2026-00001", 3000)]
    # The clock went back: the number decides, since issue dates never decrease with numbers.
    assert [memo.issue_date for memo in (young, old, old_too)] == [TODAY + timedelta(days=1)] * 3


@pytest.mark.parametrize(
    ("order", "taken"),
    [
        ("due_date", ["INV-2026-00002", "INV-2026-00003"]),
        ("invoice_date", ["INV-2026-00001", "INV-2026-00002"]),
        ("largest_due", ["INV-2026-00001", "INV-2026-00003"]),
        ("smallest_due", ["INV-2026-00002", "INV-2026-00003"]),
    ],
)
def test_the_policy_is_a_setting(market: Market, order: str, taken: list[str]) -> None:
    owed(market, "90.00", now=NOW - timedelta(days=9), terms_days=30)
    owed(market, "60.00", now=NOW - timedelta(days=8), terms_days=10)
    owed(market, "80.00", now=NOW - timedelta(days=7), terms_days=20)
    issue_memo(market, "100.00", use="follow")
    change(market, apply_order=order)
    assert [invoice for _memo, invoice, _amount in settle(market)] == taken


def test_the_source_invoice_goes_first(market: Market) -> None:
    early, source = owed(market, "50.00", terms_days=5), owed(market, "100.00", terms_days=30)
    older = issue_memo(market, "30.00", use="follow")
    memo = credit_invoice(market, source, 8000, use="follow")
    assert settle(market) == [(memo.number, source.number, 8000), (older.number, early.number, 3000)]


def test_the_sibling_goes_first() -> None:
    sibling = Debt(2, 100, date(2026, 6, 1), TODAY, 2)
    other = replace(sibling, invoice_id=1, due_date=TODAY)
    memo = Credit(7, 150, TODAY, 1, own_invoice_ids=frozenset({2}))
    assert plan([memo], [other, sibling]) == [Allocation(7, 2, 100), Allocation(7, 1, 50)]


def test_what_is_on_hold_or_reserved_or_not_issued_is_left_alone(market: Market) -> None:
    owed(market, "500.00")
    issue_memo(market, use="hold")
    reserved = issue_memo(market, use="follow")
    paid_out(market, reserved, is_pending=True)
    closed_memo(market)
    waiting_memo(market, use="follow")
    assert settle(market) == []


def test_invoices_that_take_no_credit_are_left_alone(market: Market) -> None:
    make_pending(market, owed(market, "60.00"))
    void = owed(market, "70.00")
    void_invoice(invoice=void, reason="Mistake", actor=market.actor(), now=NOW)
    issue_memo(market, use="follow")
    assert settle(market) == []


def test_other_accounts_are_left_alone(market: Market) -> None:
    owed(market, "60.00", company=market.birch)
    owed(market, "60.00", company=market.client)
    issue_memo(market, use="follow")
    assert settle(market) == []
    assert settle(market, market.birch) == []


def test_without_company_wide_billing_only_the_same_user(market: Market) -> None:
    Company.objects.filter(pk=market.acme.pk).update(company_wide_billing=False)
    ada, ben = market.user("user"), market.user("company_admin")
    nobodys = issue_memo(market, "30.00", use="follow")
    hers = issue_memo(market, "40.00", use="follow", billed_user=ada)
    owed(market, "60.00", billed_user=ben)
    everybodys = owed(market, "20.00", terms_days=30)  # Nobody equals nobody, and the rest of the credit stays.
    invoice = owed(market, "60.00", billed_user=ada, terms_days=60)
    assert settle(market) == [(nobodys.number, everybodys.number, 2000), (hers.number, invoice.number, 4000)]


def test_with_company_wide_billing_users_do_not_matter(market: Market) -> None:
    invoice = owed(market, "60.00", billed_user=market.user("company_admin"))
    memo = issue_memo(market, "40.00", use="follow", billed_user=market.user("user"))
    assert settle(market) == [(memo.number, invoice.number, 4000)]


def test_it_is_posted_today_in_a_closed_past(market: Market) -> None:
    owed(market, "60.00", now=NOW - timedelta(days=50))
    issue_memo(market, use="follow", now=NOW - timedelta(days=50))
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    settle(market)
    assert Application.objects.get().posting_date == TODAY


# --- when it happens --------------------------------------------------------------------------------------------------


def work(topic: str) -> None:
    """Run what creditmemos does about an event, as the worker would."""
    for job in OutboxJob.objects.filter(topic=topic, handler="creditmemos.settle", done_at=None):
        consumer.run(job.pk, NOW)


def applied() -> list[int]:
    return list(Application.objects.order_by("created_at", "pk").values_list("amount", flat=True))


def test_a_new_memo_meets_open_invoices_by_its_own_setting(market: Market) -> None:
    owed(market, "60.00")
    change(market, auto_apply=False, apply_to_existing=True)
    issue_memo(market, use="follow")
    work("credit_memo.issued")
    assert applied() == [5000]


def test_the_setting_can_be_off(market: Market) -> None:
    owed(market, "60.00")
    change(market, auto_apply=True, apply_to_existing=False)
    issue_memo(market, use="follow")
    work("credit_memo.issued")
    assert applied() == []


def test_a_new_invoice_takes_free_credit(market: Market) -> None:
    issue_memo(market, use="follow")
    change(market, auto_apply=False)
    owed(market, "20.00")
    work("invoice.issued")
    assert applied() == []
    change(market, auto_apply=True)
    owed(market, "30.00")
    work("invoice.issued")
    assert sorted(applied()) == [2000, 3000]


def test_a_lifted_hold_lets_credit_go(market: Market) -> None:
    owed(market, "60.00")
    memo = issue_memo(market)
    operations.release(memo=memo, actor=market.actor(), now=NOW)
    work("credit_memo.released")
    assert applied() == [5000]


def test_credit_on_hold_after_a_reversal_stays_and_other_credit_comes(market: Market) -> None:
    invoice, memo = owed(market, "60.00"), issue_memo(market, use="follow")
    application = apply(market, memo, invoice, 5000)
    spare = issue_memo(market, "10.00", use="follow")
    operations.reverse(application=application, reason="Wrong one", actor=market.actor(), now=NOW, key=key())
    work("credit_memo.reversed")
    assert settle(market) == []
    assert list(spare.applications.values_list("amount", flat=True)) == [1000]


def test_without_the_hold_it_goes_straight_back(market: Market) -> None:
    invoice, memo = owed(market, "60.00"), issue_memo(market, use="follow")
    application = apply(market, memo, invoice, 5000)
    operations.reverse(
        application=application, reason="Look again", actor=market.actor(), now=NOW, key=key(), hold=False
    )
    work("credit_memo.reversed")
    assert applied() == [5000, -5000, 5000]


def test_credit_that_a_void_returned_finds_another_invoice(market: Market) -> None:
    first, memo = owed(market, "60.00"), issue_memo(market, use="follow")
    apply(market, memo, first, 5000)
    owed(market, "30.00")
    void_invoice(invoice=first, reason="Mistake", actor=market.actor(), now=NOW)
    work("invoice.voided")
    assert applied() == [5000, -5000, 3000]


def test_reopened_credit_is_used(market: Market) -> None:
    memo = issue_memo(market, use="follow")
    operations.close(memo=memo, reason="Waived", actor=market.actor(), now=NOW)
    owed(market, "60.00")
    asked = operations.reopen(memo=memo, reason="Back", actor=market.actor(), now=NOW)
    operations.approve(approval=asked, actor=market.actor("finance"), now=NOW)
    work("credit_memo.reopened")
    assert applied() == [5000]
