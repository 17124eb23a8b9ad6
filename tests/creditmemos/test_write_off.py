"""Write off an invoice as uncollectible: always two people, the whole due, at once used on it."""

from datetime import timedelta
from typing import Any

import pytest

from billing.operations.voiding import void_invoice
from companies.domain.refusals import AlreadyAsked, MakerIsChecker, NotADecider, OwnCompany, ReasonMissing
from companies.models import Company, Marketplace, Membership
from companies.operations import approvals
from companies.queries.two_person import verb_of
from core.errors import Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.refusals import PipelineV1
from creditmemos.models import CreditMemo
from creditmemos.operations.adjusting import DueChanged, NothingToSettle
from creditmemos.operations.guards import alone_so_far
from creditmemos.verification import breaches
from invoices.models import Invoice
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, Market, issue_invoice
from tests.support.verbs import entries, make_pending, noted, pay, posted, published, refused, set_threshold


def ask(market: Market, invoice: Invoice, *, person: str = "finance", **changes: object) -> Approval:
    arguments = {"reason": " Insolvent ", "actor": market.actor(person), "now": NOW, **changes}
    return operations.write_off_invoice(invoice=invoice, **arguments)  # type: ignore[arg-type]


def agree(market: Market, approval: Approval, person: str = "manager", **changes: object) -> CreditMemo:
    arguments: dict[str, Any] = {"actor": market.actor(person), "now": NOW, **changes}
    memo: CreditMemo = approvals.approve(approval=approval, **arguments)
    memo.refresh_from_db()
    return memo


def said(caught: Any) -> str:
    return str(caught.value.message).replace("\N{NO-BREAK SPACE}", " ")


def test_one_person_only_asks(market: Market) -> None:
    invoice = pay(market, issue_invoice(market), 2000)
    asked = ask(market, invoice)
    invoice.refresh_from_db()
    assert (invoice.status, invoice.amount_due, CreditMemo.objects.count()) == ("unpaid", 10000, 0)
    assert (asked.kind, asked.verb, asked.object_id, asked.amount, asked.company, asked.request_reason) == (
        "invoice", "write_off", invoice.pk, 10000, market.acme, "Insolvent"
    )  # fmt: skip
    assert asked.snapshot == {"status": "unpaid", "due": 10000, "credited": 0, "paid": 2000}
    assert noted("request.write_off_requested").note == "Insolvent"


def test_agreed_the_whole_due_becomes_credit_that_is_used_at_once(market: Market) -> None:
    invoice = pay(market, issue_invoice(market), 2000)
    memo = agree(market, ask(market, invoice))
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.credited, invoice.amount_due) == ("paid", 2000, 10000, 0)
    assert (memo.purpose, memo.number, memo.total, memo.tax, memo.applied, memo.status) == (
        "uncollectible", "ADJ.00001", 10000, 0, 10000, "fully_applied"
    )  # fmt: skip
    assert (memo.created_by, memo.reason_note) == (market.user("finance"), "Insolvent")
    assert [line.description for line in memo.lines.all()] == ["Settled by the merchant"]
    given, credit = entries("creditmemo.issue")
    assert (given.account, given.amount, given.detail, credit.amount) == (
        "credit_given",
        10000,
        "uncollectible",
        -10000,
    )
    assert posted("creditmemo.apply") == [[("customer_credit", 10000), ("receivable", -10000)]]
    assert published("adjustment.issued")[0]["purpose"] == "uncollectible"
    assert noted("credit_memo.debt_written_off").note == "Insolvent"
    assert breaches() == []


def test_it_was_two_peoples_and_counts_for_nobody_alone(market: Market) -> None:
    set_threshold(market, 100)
    agree(market, ask(market, issue_invoice(market)))
    assert alone_so_far(payer_id=market.acme.pk, actor=market.actor("finance"), now=NOW) == 0


def test_the_maker_is_not_the_one_who_agrees(market: Market) -> None:
    asked = ask(market, issue_invoice(market))
    with refused(MakerIsChecker):
        agree(market, asked, "finance")
    with refused(NotADecider):
        agree(market, asked, "support")


def test_rejected_nothing_changes(market: Market) -> None:
    invoice = issue_invoice(market)
    asked = ask(market, invoice)
    approvals.reject(approval=asked, reason="They pay", actor=market.actor(), now=NOW)
    invoice.refresh_from_db()
    assert (invoice.amount_due, CreditMemo.objects.count()) == (12000, 0)
    assert ask(market, invoice).decision == "waiting"


def test_it_is_asked_once(market: Market) -> None:
    invoice = issue_invoice(market)
    ask(market, invoice)
    with refused(AlreadyAsked):
        ask(market, invoice, person="manager")


@pytest.mark.parametrize("status", ["paid", "void", "pending"])
def test_only_unpaid_invoices(market: Market, status: str) -> None:
    invoice = issue_invoice(market)
    if status == "pending":
        make_pending(market, invoice)
    elif status == "paid":
        pay(market, invoice, 12000)
    else:
        void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW)
    with refused(NothingToSettle) as caught:
        ask(market, invoice)
    assert caught.value.message == f"{invoice} is {status}, so there is nothing to settle."


def test_what_others_did_meanwhile_is_shown_and_stops_it(market: Market) -> None:
    invoice = issue_invoice(market)
    asked = ask(market, invoice)
    pay(market, invoice, 5000)
    rows = [(change.label, change.then, change.now, change.asked) for change in verb_of(asked).changes(asked)]
    assert [tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in row) for row in rows] == [
        ("Status", "Unpaid", "Unpaid", "Paid"),
        ("Paid", "€0.00", "€50.00", "€0.00"),
        ("Applied", "€0.00", "€0.00", "€120.00"),
        ("Due", "€120.00", "€70.00", "€0.00"),
    ]
    with refused(DueChanged) as caught:
        agree(market, asked)
    assert said(caught) == (
        f"€120.00 was due on {invoice} when this was requested, now it is €70.00. Reject it, and have it requested"
        " again."
    )


def test_paid_meanwhile_there_is_nothing_to_write_off(market: Market) -> None:
    invoice = issue_invoice(market)
    asked = ask(market, invoice)
    pay(market, invoice, 12000)
    with refused(NothingToSettle):
        agree(market, asked)
    foreseen = verb_of(asked).foresee(asked, market.actor(), NOW)
    assert isinstance(foreseen, NothingToSettle)


def test_a_reason_is_needed(market: Market) -> None:
    invoice = issue_invoice(market)
    with refused(ReasonMissing, field="reason"):
        ask(market, invoice, reason=" ")


def test_a_stranger_finds_no_invoice(market: Market, south: Market) -> None:
    invoice = issue_invoice(market)
    with refused(Missing):
        ask(south, invoice)


def test_v1_marketplaces_have_none(market: Market) -> None:
    invoice = issue_invoice(market)
    Marketplace.objects.filter(pk=market.marketplace.pk).update(pipeline="v1")
    with refused(PipelineV1):
        ask(market, invoice)


def test_nobody_writes_off_at_their_own_company(market: Market) -> None:
    invoice = issue_invoice(market)
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        ask(market, invoice)


def test_nor_agrees_to_it_nor_lets_others_agree(market: Market) -> None:
    invoice = issue_invoice(market)
    asked = ask(market, invoice)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        agree(market, asked)
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company") as caught:
        agree(market, asked, "second_manager")
    assert "now belongs to the company" in said(caught)


def test_alone_it_takes_a_day(market: Market) -> None:
    managers = [market.user("manager"), market.user("second_manager")]
    Membership.objects.filter(user__in=managers).update(roles=["support"])
    asked = ask(market, issue_invoice(market))
    approvals.act_alone(approval=asked, actor=market.actor("finance"), now=NOW)
    memo = agree(market, asked, "finance", now=NOW + timedelta(days=1))
    assert (memo.purpose, memo.created_by) == ("uncollectible", market.user("finance"))


def test_the_debtor_may_be_switched_off(market: Market) -> None:
    invoice = issue_invoice(market)
    Company.objects.filter(pk=market.acme.pk).update(is_active=False)
    assert agree(market, ask(market, invoice)).total == 12000


def test_undone_the_whole_debt_is_back(market: Market) -> None:
    invoice = issue_invoice(market)
    memo = agree(market, ask(market, invoice))
    operations.undo_and_void(memo=memo, reason="They pay", actor=market.actor(), now=NOW, confirmed=True)
    invoice.refresh_from_db()
    memo.refresh_from_db()
    assert (invoice.status, invoice.amount_due, memo.status) == ("unpaid", 12000, "voided")
    assert breaches() == []
