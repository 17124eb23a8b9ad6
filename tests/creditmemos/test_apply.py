"""Apply credit by hand: many to many, exact to the line, refused whole."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.operations.voiding import void_invoice
from companies.models import Company, MarketplaceSettings
from core.errors import DuplicateRequest, Missing
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from creditmemos.domain.refusals import NotUnpaid, PayoutPending
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.applying import (
    MemoNotOpen,
    MemoOnHold,
    NothingToApply,
    OtherCustomer,
    OtherUser,
    OverBalance,
    OverDue,
)
from invoices import operations as invoice_operations
from invoices.models import Invoice
from ledger.operations import account_for
from tests.factories.companies import MerchantFactory
from tests.factories.refunds import paid_out
from tests.factories.world import (
    NOW,
    TODAY,
    VAT,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)
from tests.support.drafts import closed_memo, waiting_memo
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused

Row = tuple[CreditMemo, Invoice, int]


def use(market: Market, *rows: Row, person: str = "manager", **changes: object) -> list[Application]:
    allocations = [Allocation(memo.pk, invoice.pk, amount) for memo, invoice, amount in rows]
    arguments = {"allocations": allocations, "actor": market.actor(person), "now": NOW, "key": key(), **changes}
    return operations.apply(**arguments)  # type: ignore[arg-type]


def pair(memo: CreditMemo, invoice: Invoice) -> str:
    return f"amount-{memo.pk}-{invoice.pk}"


def parts(application: Application) -> tuple[list[tuple[str | None, int]], list[tuple[str | None, int]]]:
    """What each net (None) and tax gave and received."""
    gave = application.memo_parts.order_by("pk").values_list("tax__name", "amount")
    took = application.invoice_parts.order_by("pk").values_list("tax__name", "amount")
    return list(gave), list(took)


def test_a_part_of_a_memo_goes_to_an_invoice(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    [application] = use(market, (memo, invoice, 3000))
    memo.refresh_from_db()
    invoice.refresh_from_db()

    assert (memo.status, memo.applied, memo.balance) == ("partially_applied", 3000, 2000)
    assert (invoice.status, invoice.credited, invoice.amount_due) == ("unpaid", 3000, 9000)
    application.refresh_from_db()
    assert (application.amount, application.automatic, application.posting_date) == (3000, False, TODAY)
    assert (application.actor, application.currency, application.account) == (
        market.user("manager"),
        "EUR",
        memo.account,
    )
    assert parts(application) == ([(None, 3000)], [(None, 2500), ("VAT", 500)])


def test_it_is_posted_noted_and_published_once(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    [application] = use(market, (memo, invoice, 3000))
    assert posted("creditmemo.apply") == [[("customer_credit", 3000), ("receivable", -3000)]]
    assert [(row.memo_id, row.invoice_id) for row in entries("creditmemo.apply")] == [
        (memo.pk, None),
        (None, invoice.pk),
    ]
    entry = noted("credit_memo.applied")
    assert (entry.object_id, entry.company, entry.actor) == (memo.pk, market.acme, market.user("manager"))
    assert entry.after == {
        "applications": [{"memo_id": memo.pk, "invoice_id": invoice.pk, "invoice": invoice.number, "amount": 3000}],
        "automatic": False,
    }  # fmt: skip
    assert published("credit_memo.applied") == [
        {
            "account_id": memo.account_id, "application_ids": [str(application.pk)], "memo_id": memo.pk,
            "memo_ids": [memo.pk], "invoice_ids": [invoice.pk],
        }
    ]  # fmt: skip


def test_many_memos_settle_many_invoices(market: Market) -> None:
    big, small = issue_memo(market, "150.00"), issue_memo(market, "30.00")
    first, second = issue_invoice(market), issue_invoice(market)
    use(market, (big, first, 9000), (small, first, 3000), (big, second, 6000))
    for row in (big, small, first, second):
        row.refresh_from_db()
    assert [(row.status, row.balance) for row in (big, small)] == [("fully_applied", 0), ("fully_applied", 0)]
    assert [(row.status, row.amount_due) for row in (first, second)] == [("paid", 0), ("unpaid", 6000)]
    assert len(posted("creditmemo.apply")) == 1
    assert len(published("credit_memo.applied")) == 1


def test_applying_never_posts_revenue_or_tax_again(market: Market) -> None:
    use(market, (credit_invoice(market, issue_invoice(market), 5000), issue_invoice(market), 6000))
    assert {row.account for row in entries("creditmemo.apply")} == {"customer_credit", "receivable"}


def test_the_rest_goes_pro_rata_by_largest_remainder(market: Market) -> None:
    memo = issue_memo(market, "10.00", taxes=(VAT,))
    invoice = issue_invoice(market, charge("0.10"), charge("0.20", taxes=()))
    [application] = use(market, (memo, invoice, 10))
    # Open on the memo: 10.00 and 2.00; on the invoice: 0.10, 0.02 and 0.20.
    assert parts(application) == ([(None, 8), ("VAT", 2)], [(None, 3), ("VAT", 1), (None, 6)])
    [application] = use(market, (memo, invoice, 22))
    assert parts(application)[1] == [(None, 7), ("VAT", 1), (None, 14)]


def test_credit_meets_the_charge_that_it_undoes_first(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"), charge("20.00"))
    second = invoice.lines.get(position=2)
    memo = credit_invoice(market, invoice, 500)
    [application] = use(market, (memo, invoice, 300))
    assert parts(application) == ([(None, 250), ("VAT", 50)], [(None, 250), ("VAT", 50)])
    assert not application.invoice_parts.filter(line=second).exists()


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_it_is_the_same_without_cents_and_with_thousandths(db: None, currency: str) -> None:
    market = make_market(currency=currency)
    price = {"JPY": "1000", "KWD": "1.000"}[currency]
    memo, invoice = issue_memo(market, price), issue_invoice(market, charge(price))
    use(market, (memo, invoice, 999))
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.balance, invoice.amount_due) == (1, 201)


def test_a_repeat_gives_the_same_applications(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    first = use(market, (memo, invoice, 1000), key="once")
    assert use(market, (memo, invoice, 1000), key="once") == first
    memo.refresh_from_db()
    assert (memo.applied, Application.objects.count()) == (1000, 1)
    with refused(DuplicateRequest):
        use(market, (memo, invoice, 1001), key="once")


def test_a_refusal_gives_the_key_back(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    with refused(OverBalance, field=pair(memo, invoice)):
        use(market, (memo, invoice, 5001), key="once")
    assert use(market, (memo, invoice, 5000), key="once")[0].amount == 5000


def test_staff_apply_what_is_on_hold_and_customers_do_not(market: Market) -> None:
    memo, invoice = issue_memo(market, use="hold"), issue_invoice(market)
    with refused(MemoOnHold, field=pair(memo, invoice)):
        use(market, (memo, invoice, 100), person="company_admin")
    assert use(market, (memo, invoice, 100), person="finance")[0].amount == 100
    free = issue_memo(market, use="follow")
    assert use(market, (free, invoice, 100), person="company_admin")[0].actor_id == market.user("company_admin").pk


# --- amounts ----------------------------------------------------------------------------------------------------------


def test_not_more_than_the_memo_has(market: Market) -> None:
    memo, first, second = issue_memo(market), issue_invoice(market), issue_invoice(market)
    apply(market, memo, first, 2000)
    with refused(OverBalance, field=pair(memo, first)) as caught:
        use(market, (memo, first, 3001))
    assert caught.value.message == "CM-2026-00001 has only €30.00 remaining."
    assert caught.value.facts["balance"] == 3000
    with refused(OverBalance, field=pair(memo, second)):
        use(market, (memo, first, 2000), (memo, second, 1001))


def test_not_more_than_the_invoice_needs(market: Market) -> None:
    one, two, invoice = issue_memo(market, "100.00"), issue_memo(market, "100.00"), issue_invoice(market)
    with refused(OverDue, field=pair(two, invoice)) as caught:
        use(market, (one, invoice, 10000), (two, invoice, 2001))
    assert caught.value.message == "Only €120.00 is due on INV-2026-00001."
    assert caught.value.facts["due"] == 12000
    pay(market, invoice, 9000)
    with refused(OverDue, field=pair(one, invoice)) as caught:
        use(market, (one, invoice, 3001))
    assert caught.value.facts["due"] == 3000


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_and_less_are_refused(market: Market, amount: int) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    with refused(NothingToApply, field=pair(memo, invoice)):
        use(market, (memo, invoice, amount))
    with refused(NothingToApply):
        use(market)


# --- status -----------------------------------------------------------------------------------------------------------


def test_only_open_memos_are_applied(market: Market) -> None:
    invoice, voided, used = issue_invoice(market), issue_memo(market), issue_memo(market)
    operations.void(memo=voided, reason="Mistake", actor=market.actor(), now=NOW)
    apply(market, used, invoice, 5000)
    for memo, status in ((voided, "voided"), (used, "fully applied"), (closed_memo(market), "closed")):
        with refused(MemoNotOpen, field=pair(memo, invoice)) as caught:
            use(market, (memo, invoice, 100))
        assert f"is {status} and has no credit to apply" in caught.value.message
    draft, _approval = waiting_memo(market)
    with refused(MemoNotOpen, field=pair(draft, invoice)):
        use(market, (draft, invoice, 100))


def test_a_memo_that_is_being_paid_out_is_reserved(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    paid_out(market, memo, is_pending=True)
    with refused(PayoutPending, field=pair(memo, invoice)):
        use(market, (memo, invoice, 100))


def test_only_unpaid_invoices_take_credit(market: Market) -> None:
    memo, void = issue_memo(market), issue_invoice(market)
    void_invoice(invoice=void, reason="Mistake", actor=market.actor(), now=NOW)
    paid, pending = pay(market, issue_invoice(market), 12000), make_pending(market, issue_invoice(market))
    for invoice, status in ((void, "void"), (paid, "paid"), (pending, "pending")):
        with refused(NotUnpaid, field=pair(memo, invoice)) as caught:
            use(market, (memo, invoice, 100))
        assert caught.value.message == f"Credit can only be applied to unpaid invoices. {invoice.number} is {status}."


def test_an_overdue_invoice_takes_credit(market: Market) -> None:
    invoice = issue_invoice(market, now=NOW - timedelta(days=60))
    assert invoice.due_date < TODAY  # type: ignore[operator]
    assert use(market, (issue_memo(market), invoice, 5000))[0].amount == 5000


# --- whose ------------------------------------------------------------------------------------------------------------


def test_another_companys_invoice_takes_no_credit(market: Market) -> None:
    memo = issue_memo(market)
    market.birch.parent = market.acme
    market.birch.save()
    for company in (market.birch, market.client):
        invoice = issue_invoice(market, company=company)
        with refused(OtherCustomer, field=pair(memo, invoice)) as caught:
            use(market, (memo, invoice, 100))
        assert caught.value.message == f"{invoice.number} belongs to another customer."


def test_the_same_customer_of_another_merchant_is_another_account(market: Market) -> None:
    merchant = MerchantFactory.create(company=market.reseller, code="RES")
    account = account_for(payer=market.acme, merchant=merchant)
    memo = issue_memo(market)
    invoice = invoice_operations.issue(account=account, charges=(charge(),), actor=market.actor(), now=NOW, key=key())
    with refused(OtherCustomer, field=pair(memo, invoice)):
        use(market, (memo, invoice, 100))


def test_what_is_elsewhere_is_not_there(market: Market, south: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    far_memo, far_invoice = issue_memo(south), issue_invoice(south)
    for row in ((memo, far_invoice, 100), (far_memo, invoice, 100), (far_memo, far_invoice, 100)):
        with refused(Missing):
            use(market, row)
    with refused(Missing):
        use(market, (memo, invoice, 100), (memo, far_invoice, 100))


def test_without_company_wide_billing_only_the_same_users_invoice(market: Market) -> None:
    ada, ben = market.user("user"), market.user("company_admin")
    hers, his, nobodys = (issue_memo(market, billed_user=user) for user in (ada, ben, None))
    invoice, open_invoice = issue_invoice(market, billed_user=ada), issue_invoice(market)
    assert use(market, (his, invoice, 100))[0].amount == 100
    Company.objects.filter(pk=market.acme.pk).update(company_wide_billing=False)
    for memo, target in ((his, invoice), (hers, open_invoice)):
        with refused(OtherUser, field=pair(memo, target)):
            use(market, (memo, target, 100))
    assert len(use(market, (hers, invoice, 100), (nobodys, invoice, 100), (nobodys, open_invoice, 100))) == 3


# --- days -------------------------------------------------------------------------------------------------------------


def test_old_documents_of_a_closed_period_are_applied_today(market: Market) -> None:
    memo, invoice = (
        issue_memo(market, now=NOW - timedelta(days=60)),
        issue_invoice(market, now=NOW - timedelta(days=60)),
    )
    market.merchant.closed_through = TODAY - timedelta(days=1)
    market.merchant.save()
    assert use(market, (memo, invoice, 100))[0].posting_date == TODAY
    assert {row.posting_date for row in entries("creditmemo.apply")} == {TODAY}


def test_the_day_begins_where_the_marketplace_is(market: Market) -> None:
    late = datetime(2026, 5, 18, 22, 30, tzinfo=UTC)  # Half past midnight in Berlin.
    [application] = use(market, (issue_memo(market), issue_invoice(market), 100), now=late)
    assert application.posting_date == date(2026, 5, 19)


def test_an_application_is_never_dated_before_its_documents(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market, now=NOW + timedelta(days=1))
    [application] = use(market, (memo, invoice, 100), now=NOW - timedelta(days=3))
    assert application.posting_date == TODAY + timedelta(days=1)
    [reversal] = [
        operations.reverse(
            application=application, reason="Wrong one", actor=market.actor(), now=NOW - timedelta(days=3), key=key()
        )
    ]
    assert reversal.posting_date == TODAY + timedelta(days=1)


def test_settings_about_automatic_use_do_not_bind_people(market: Market) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(auto_apply=False, apply_to_existing=False)
    assert use(market, (issue_memo(market), issue_invoice(market), 100))[0].automatic is False
