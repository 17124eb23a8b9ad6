"""Settle what stays open on an invoice as a small difference: an untaxed memo, issued and used whole at once."""

from datetime import timedelta
from typing import Any

import pytest

from billing.operations.voiding import void_invoice
from companies.domain.refusals import AlreadyAsked, NotADecider, OwnCompany, ReasonMissing
from companies.models import Company, Marketplace, MarketplaceSettings
from companies.operations import approvals
from core.errors import Missing
from core.models import Approval, OutboxJob
from creditmemos import operations
from creditmemos.domain.refusals import PipelineV1
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.adjusting import (
    DueChanged,
    NoSmallDifferences,
    NothingToSettle,
    OverSmallDifference,
    may_settle_difference,
)
from creditmemos.operations.applying import apply_automatically
from creditmemos.operations.guards import alone_so_far
from creditmemos.operations.reversing import NotReversible
from creditmemos.verification import breaches
from documents.models import DocumentJob, NumberSeries, StoredDocument
from invoices.models import Invoice
from notifications.models import Delivery, NotificationSetting
from payments.operations import take_off
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, apply, credit_invoice, issue_invoice, issue_memo
from tests.support.outbox import drain
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused, set_threshold

LIMIT = 100


@pytest.fixture
def market(market: Market) -> Market:
    """Differences up to 1.00 may be settled."""
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=LIMIT)
    return market


def short_of(market: Market, due: int = 50) -> Invoice:
    """An invoice of 120.00 of which money paid all but ``due``."""
    invoice = issue_invoice(market)
    return pay(market, invoice, 12000 - due)


def settle(market: Market, invoice: Invoice, *, person: str = "manager", **changes: object) -> CreditMemo | Approval:
    arguments = {"reason": " Bank fee ", "actor": market.actor(person), "now": NOW, **changes}
    return operations.settle_difference(invoice=invoice, **arguments)  # type: ignore[arg-type]


def settled(market: Market, invoice: Invoice, **changes: Any) -> CreditMemo:
    memo = settle(market, invoice, **changes)
    assert isinstance(memo, CreditMemo)
    memo.refresh_from_db()
    return memo


def test_the_memo_is_issued_without_tax_and_used_whole(market: Market) -> None:
    invoice = short_of(market)
    memo = settled(market, invoice)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.credited, invoice.amount_due) == ("paid", 11950, 50, 0)
    assert (memo.purpose, memo.source, memo.source_invoice, memo.status) == (
        "small_difference", "ad_hoc", invoice, "fully_applied"
    )  # fmt: skip
    assert (memo.net, memo.tax, memo.total, memo.applied, memo.balance) == (50, 0, 50, 50, 0)
    assert (memo.on_hold, memo.reason, memo.counts_as, memo.reason_note) == (False, None, "", "Bank fee")
    assert (memo.created_by, memo.acting_company, memo.issued_at) == (market.user("manager"), market.operator, NOW)
    [line] = memo.lines.all()
    assert (line.description, line.net, line.invoice_line) == ("Small difference", 50, None)
    assert [(row.memo, row.invoice, row.amount) for row in Application.objects.all()] == [(memo, invoice, 50)]
    assert breaches() == []


def test_it_is_posted_to_credit_given_with_what_it_is_for(market: Market) -> None:
    memo = settled(market, short_of(market))
    given, credit = entries("creditmemo.issue")
    assert (given.account, given.amount, given.detail) == ("credit_given", 50, "small_difference")
    assert (credit.account, credit.amount, credit.memo_id) == ("customer_credit", -50, memo.pk)
    assert posted("creditmemo.apply") == [[("customer_credit", 50), ("receivable", -50)]]


def test_who_did_it_and_why_is_kept(market: Market) -> None:
    invoice = short_of(market)
    memo = settled(market, invoice)
    entry = noted("credit_memo.difference_settled")
    assert (entry.object_id, entry.note, entry.after["total"]) == (memo.pk, "Bank fee", 50)
    assert published("adjustment.issued") == [
        {"memo_id": memo.pk, "account_id": memo.account_id, "invoice_id": invoice.pk, "purpose": "small_difference"}
    ]
    assert published("credit_memo.issued") == []


def test_its_numbers_are_a_series_of_their_own(market: Market) -> None:
    ordinary = issue_memo(market)
    first, second = settled(market, short_of(market)), settled(market, short_of(market))
    assert [first.number, second.number] == ["ADJ.00001", "ADJ.00002"]
    assert (first.issue_date, first.series.kind, first.series.year) == (TODAY, "adjustment", 0)  # type: ignore[union-attr]
    assert issue_memo(market).sequence == (ordinary.sequence or 0) + 1


@pytest.mark.parametrize("settings", [{"shared_numbers": True}, {"yearly_reset": True}])
def test_neither_sharing_nor_years_change_its_numbers(market: Market, settings: dict[str, bool]) -> None:
    settled(market, short_of(market))
    prefixes = {"invoice_prefix": "I{YYYY}-", "memo_prefix": "C{YYYY}-"}
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(**settings, **prefixes)
    memo = issue_memo(market)
    assert settled(market, short_of(market)).number == "ADJ.00002"
    assert settled(market, short_of(market), now=NOW + timedelta(days=365)).number == "ADJ.00003"
    assert issue_memo(market).number != memo.number
    assert NumberSeries.objects.filter(kind="adjustment").count() == 1
    assert breaches() == []


def test_the_line_speaks_the_customers_language(market: Market) -> None:
    Company.objects.filter(pk=market.acme.pk).update(language="de")
    [line] = settled(market, short_of(market)).lines.all()
    assert line.description == "Kleinbetragsdifferenz"


def sent_and_printed() -> list[int]:
    """How many mails, PDFs and wishes for PDFs there are."""
    jobs = OutboxJob.objects.filter(handler="documents.make_pdf")
    return [jobs.count(), *(model._default_manager.count() for model in (Delivery, DocumentJob, StoredDocument))]


def test_no_pdf_and_no_mail_follows(market: Market) -> None:
    for name in ("credit_memo_pdf_created", "credit_applied", "credit_memo_voided"):
        NotificationSetting.objects.update_or_create(
            marketplace=market.marketplace, kind=name, defaults={"enabled": True}
        )
    invoice = short_of(market)
    drain(NOW)
    before = sent_and_printed()
    memo = settled(market, invoice)
    drain(NOW)
    operations.undo_and_void(memo=memo, reason="Paid after all", actor=market.actor(), now=NOW, confirmed=True)
    drain(NOW)
    assert sent_and_printed() == before
    issue_memo(market)  # The control: an ordinary memo has both.
    drain(NOW)
    assert all(after > earlier for after, earlier in zip(sent_and_printed(), before, strict=True))


# --- what is refused --------------------------------------------------------------------------------------------------


def test_above_the_setting_the_figures_are_told(market: Market) -> None:
    invoice = short_of(market, 101)
    with refused(OverSmallDifference) as caught:
        settle(market, invoice)
    said = caught.value.message.replace("\N{NO-BREAK SPACE}", " ")
    assert said == f"€1.01 is due on {invoice}. Only up to €1.00 can be settled as a small difference."
    assert not may_settle_difference(invoice, market.marketplace.settings)


def test_all_of_the_setting_is_settled(market: Market) -> None:
    assert settled(market, short_of(market, LIMIT)).total == LIMIT


def test_without_the_setting_nothing_is(market: Market) -> None:
    invoice = short_of(market)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=0)
    with refused(NoSmallDifferences):
        settle(market, invoice)


def after_the_last(market: Market, paid: int, last: int) -> Invoice:
    """An invoice of 120.00 whose difference was settled, and from which the last payment was taken off again."""
    invoice = issue_invoice(market)
    receive(market, paid, (invoice, paid))
    [row] = receive(market, last, (invoice, last)).allocations.all()
    settled(market, invoice)
    take_off(allocation=row, reason="Not theirs", keep=True, confirmed=True, actor=market.actor(), now=NOW, key=None)
    invoice.refresh_from_db()
    return invoice


def test_what_opens_again_is_settled_within_the_same_limit(market: Market) -> None:
    invoice = after_the_last(market, 11900, 40)
    assert invoice.amount_due == 40
    assert settled(market, invoice).total == 40
    assert breaches() == []


def test_piece_by_piece_is_no_way_around(market: Market) -> None:
    invoice = after_the_last(market, 11850, 60)
    with refused(OverSmallDifference) as caught:
        settle(market, invoice)
    assert "Only up to €0.10 can" in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("status", ["paid", "void", "pending"])
def test_only_unpaid_invoices(market: Market, status: str) -> None:
    invoice = short_of(market)
    if status == "pending":
        make_pending(market, invoice)
    elif status == "paid":
        settled(market, invoice)
    else:
        invoice = issue_invoice(market)
        void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)
    with refused(NothingToSettle) as caught:
        settle(market, invoice)
    assert caught.value.message == f"{invoice} is {status}, so there is nothing to settle."


def test_a_reason_is_needed(market: Market) -> None:
    invoice = short_of(market)
    with refused(ReasonMissing, field="reason"):
        settle(market, invoice, reason=" ")


def test_a_stranger_finds_no_invoice(market: Market, south: Market) -> None:
    invoice = short_of(market)
    with refused(Missing):
        settle(south, invoice)


def test_nobody_settles_for_their_own_company(market: Market) -> None:
    invoice = short_of(market)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        settle(market, invoice)


def test_v1_marketplaces_have_none(market: Market) -> None:
    invoice = short_of(market)
    Marketplace.objects.filter(pk=market.marketplace.pk).update(pipeline="v1")
    with refused(PipelineV1):
        settle(market, invoice)


def test_a_customer_that_was_switched_off_is_no_obstacle(market: Market) -> None:
    invoice = short_of(market)
    Company.objects.filter(pk=market.acme.pk).update(is_active=False)
    assert settled(market, invoice).total == 50


# --- it is no credit that anybody has ---------------------------------------------------------------------------------


def test_it_goes_as_a_whole_or_not(market: Market) -> None:
    invoice = short_of(market)
    memo = settled(market, invoice)
    [row] = memo.applications.all()
    with refused(NotReversible) as caught:
        operations.reverse(application=row, reason="Wrong", actor=market.actor(), now=NOW, key=None, confirmed=True)
    assert caught.value.message == (
        f"This application can't be reversed: {memo.number} is reversed and voided as a whole."
    )


def test_undone_the_invoice_owes_again_and_the_memo_is_void(market: Market) -> None:
    invoice = short_of(market)
    due_date = invoice.due_date
    memo = settled(market, invoice)
    operations.undo_and_void(memo=memo, reason="Paid after all", actor=market.actor(), now=NOW, confirmed=True)
    invoice.refresh_from_db()
    memo.refresh_from_db()
    assert (invoice.status, invoice.amount_due, invoice.due_date) == ("unpaid", 50, due_date)
    assert (memo.status, memo.balance, memo.number) == ("voided", 0, "ADJ.00001")
    assert posted("creditmemo.void") == [[("credit_given", -50), ("customer_credit", 50)]]
    assert entries("creditmemo.void")[0].detail == "small_difference"
    assert published("adjustment.voided") == [{"memo_id": memo.pk, "account_id": memo.account_id}]
    assert published("credit_memo.voided") == []
    assert settled(market, invoice).number == "ADJ.00002"
    assert breaches() == []


def test_voiding_the_invoice_takes_it_along(market: Market) -> None:
    invoice = issue_invoice(market)
    apply(market, issue_memo(market, "119.50"), invoice, 11950)
    memo = settled(market, invoice)
    void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)
    memo.refresh_from_db()
    assert (memo.status, CreditMemo.objects.get(purpose="ordinary").balance) == ("voided", 11950)
    assert breaches() == []


def test_a_later_credit_of_the_invoice_stays_credit(market: Market) -> None:
    """The difference credits no line, so all of the line can be credited still; with nothing due it stays open."""
    invoice = short_of(market)
    settled(market, invoice)
    memo = credit_invoice(market, invoice, 10000)
    memo.refresh_from_db()
    assert (memo.total, memo.balance, memo.status) == (12000, 12000, "unapplied")
    apply_automatically(account_id=memo.account_id, now=NOW)
    assert breaches() == []


# --- the second person ------------------------------------------------------------------------------------------------


def test_it_counts_for_the_approval_limit(market: Market) -> None:
    set_threshold(market, 60)
    settled(market, short_of(market))
    assert alone_so_far(payer_id=market.acme.pk, actor=market.actor(), now=NOW) == 50
    asked = settle(market, short_of(market))
    assert isinstance(asked, Approval)
    assert (asked.kind, asked.verb, asked.amount, asked.currency, asked.request_reason) == (
        "invoice", "settle_difference", 50, "EUR", "Bank fee"
    )  # fmt: skip
    assert noted("request.settle_difference_requested").note == "Bank fee"
    assert isinstance(settle(market, short_of(market), person="finance"), CreditMemo)


def test_agreed_it_is_the_makers_and_counts_no_more(market: Market) -> None:
    set_threshold(market, 0)
    invoice = short_of(market)
    asked = settle(market, invoice, person="finance")
    assert isinstance(asked, Approval)
    with refused(AlreadyAsked):
        settle(market, invoice)
    with refused(NotADecider):
        approvals.approve(approval=asked, actor=market.actor("support"), now=NOW)
    memo = approvals.approve(approval=asked, actor=market.actor("second_manager"), now=NOW)
    memo.refresh_from_db()
    assert (memo.purpose, memo.total, memo.created_by) == ("small_difference", 50, market.user("finance"))
    assert alone_so_far(payer_id=market.acme.pk, actor=market.actor("finance"), now=NOW) == 0


def test_money_that_came_meanwhile_is_not_overlooked(market: Market) -> None:
    set_threshold(market, 0)
    invoice = short_of(market)
    asked = settle(market, invoice)
    assert isinstance(asked, Approval)
    pay(market, invoice, 20)
    with refused(DueChanged) as caught:
        approvals.approve(approval=asked, actor=market.actor("finance"), now=NOW)
    assert "€0.50 was due" in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


def test_for_a_relative_of_the_operator_a_second_person_is_asked(market: Market) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    invoice = issue_invoice(market)
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(small_difference=12000)
    asked = settle(market, invoice)
    assert isinstance(asked, Approval)
    assert asked.amount == 12000
