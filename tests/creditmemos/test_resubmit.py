"""Resubmit: a draft that was rejected or withdrawn is edited, asked about again, and issued."""

from datetime import date
from decimal import Decimal

import pytest

from billing.operations.voiding import void_invoice
from companies.domain.refusals import MakerIsChecker, OwnCompany, ReasonMissing
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import InvoiceNotCreditable, NotADraft, OverCredit, PipelineV1
from creditmemos.models import CreditMemo, CreditMemoLine
from invoices.domain.charging import Charge
from invoices.models import Invoice
from tests.factories.companies import MembershipFactory
from tests.factories.world import NOW, TODAY, Market, charge, issue_invoice, issue_memo, key
from tests.support.drafts import request_of, waiting_memo
from tests.support.verbs import noted, posted, published, refused, set_threshold

LESS = (charge("0.80", description="Less"),)


def rejected(market: Market, price: str = "50.00", **changes: object) -> CreditMemo:
    memo, approval = waiting_memo(market, price, **changes)
    operations.reject(approval=approval, reason="Too much", actor=market.actor("finance"), now=NOW)
    return memo


def rejected_credit(market: Market, invoice: Invoice) -> CreditMemo:
    set_threshold(market, 100)
    line = invoice.lines.get()
    memo = operations.issue_from_invoice(
        invoice=invoice, lines=[InvoiceCredit(line.pk, net=5000)], details=Details(reason_id=market.reason().pk),
        actor=market.actor(), now=NOW, key=key(),
    )  # fmt: skip
    asked = request_of(memo, "issue")
    operations.reject(approval=asked, reason="Too much", actor=market.actor("finance"), now=NOW)
    return memo


def resubmit(
    market: Market, memo: CreditMemo, lines: object = LESS, *, person: str = "manager", **changes: object
) -> CreditMemo:
    details = {"reason_id": market.reason().pk, "use": "hold"}
    details |= {name: changes.pop(name) for name in list(changes) if name in Details.__dataclass_fields__}
    arguments = {"memo": memo, "lines": lines, "actor": market.actor(person), "now": NOW, "key": key(), **changes}
    return operations.resubmit(details=Details(**details), **arguments)  # type: ignore[arg-type]


def test_below_the_threshold_it_is_issued_with_what_was_edited(market: Market) -> None:
    draft = rejected(market)
    memo = resubmit(market, draft, customer_note="Sorry", use="follow", effective_date=date(2026, 5, 4))
    memo.refresh_from_db()
    assert (memo.pk, memo.number, memo.status, memo.total, memo.balance) == (
        draft.pk,
        "CM-2026-00001",
        "unapplied",
        96,
        96,
    )
    assert [(line.position, line.description, line.gross) for line in memo.lines.all()] == [(1, "Less", 96)]
    assert (memo.customer_note, memo.on_hold, memo.effective_date) == ("Sorry", False, date(2026, 5, 4))
    assert CreditMemoLine.objects.count() == 1
    assert posted("creditmemo.issue") == [[("credit_given", 80), ("tax_payable", 16), ("customer_credit", -96)]]
    assert noted("credit_memo.issued").after["total"] == 96
    assert len(published("credit_memo.issued")) == 1


def test_above_it_another_request_is_made(market: Market) -> None:
    memo = resubmit(market, rejected(market), (charge("40.00", taxes=()),), person="finance")
    assert (memo.status, memo.number, memo.total) == ("awaiting_approval", None, 4000)
    assert (memo.created_by, memo.document_date) == (market.user("finance"), TODAY)
    asked = request_of(memo, "issue")
    assert (asked.amount, asked.requested_by) == (4000, market.user("finance"))
    assert list(Approval.objects.order_by("pk").values_list("decision", flat=True)) == ["rejected", "waiting"]


def test_whoever_resubmits_is_the_maker(market: Market) -> None:
    memo = resubmit(market, rejected(market), (charge("40.00"),), person="finance")
    asked = request_of(memo, "issue")
    with refused(MakerIsChecker):
        operations.approve(approval=asked, actor=market.actor("finance"), now=NOW)
    assert operations.approve(approval=asked, actor=market.actor("manager"), now=NOW).is_issued


def test_a_withdrawn_draft_is_resubmitted_too(market: Market) -> None:
    memo, approval = waiting_memo(market)
    operations.withdraw(approval=approval, actor=market.actor(), now=NOW)
    assert resubmit(market, memo).number == "CM-2026-00001"


def test_credit_of_an_invoice_is_worked_out_afresh(market: Market) -> None:
    invoice = issue_invoice(market)
    draft = rejected_credit(market, invoice)
    set_threshold(market, None)
    line = invoice.lines.get()
    memo = resubmit(market, draft, [InvoiceCredit(line.pk, quantity=Decimal("0.25"))], use="apply_now")
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.net, memo.tax, memo.applied, invoice.amount_due) == (2500, 500, 3000, 9000)


def test_a_repeat_gives_the_same_memo_and_another_body_is_refused(market: Market) -> None:
    draft = rejected(market)
    first = resubmit(market, draft, key="once")
    assert resubmit(market, draft, key="once") == first
    with refused(DuplicateRequest):
        resubmit(market, draft, (charge("0.70"),), key="once")
    assert len(posted("creditmemo.issue")) == 1


def test_only_drafts_are_edited(market: Market) -> None:
    waiting, _approval = waiting_memo(market)
    set_threshold(market, None)
    for memo in (issue_memo(market), waiting):
        with refused(NotADraft):
            resubmit(market, memo)


def test_a_draft_keeps_its_kind(market: Market) -> None:
    invoice = issue_invoice(market)
    from_invoice, ad_hoc = rejected_credit(market, invoice), rejected(market)
    with refused(InvalidInput, field="lines"):
        resubmit(market, from_invoice, LESS)
    with refused(InvalidInput, field="lines"):
        resubmit(market, ad_hoc, [InvoiceCredit(invoice.lines.get().pk, net=100)])
    with refused(InvalidInput, field="lines"):
        resubmit(market, ad_hoc, [])
    with refused(InvalidInput, field="use"):
        resubmit(market, ad_hoc, use="apply_now")


def test_a_stranger_finds_no_draft(market: Market, south: Market) -> None:
    draft = rejected(market)
    with refused(Missing):
        resubmit(south, draft)


def test_every_guard_of_issuing_is_asked_again(market: Market) -> None:
    draft = rejected(market)
    with refused(ReasonMissing, field="reason"):
        resubmit(market, draft, reason_id=None)
    with refused(InvalidInput, field="effective_date"):
        resubmit(market, draft, effective_date=date(2026, 5, 19))
    market.merchant.closed_through = date(2026, 5, 10)
    market.merchant.save()
    with refused(InvalidInput, field="effective_date"):
        resubmit(market, draft, effective_date=date(2026, 5, 10))
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        resubmit(market, draft, person="finance")
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    with refused(PipelineV1):
        resubmit(market, draft)


def test_the_invoice_must_still_have_room_and_stand(market: Market) -> None:
    invoice = issue_invoice(market)
    draft, line = rejected_credit(market, invoice), invoice.lines.get()
    with refused(OverCredit, field=f"line-{line.pk}"):
        resubmit(market, draft, [InvoiceCredit(line.pk, net=10001)])
    set_threshold(market, None)
    void_invoice(invoice=invoice, reason="Mistake", actor=market.actor(), now=NOW)
    with refused(InvoiceNotCreditable):
        resubmit(market, draft, [InvoiceCredit(line.pk, net=100)])


@pytest.mark.parametrize("wrong", [charge("0"), charge("1.00", quantity="-1")])
def test_lines_that_can_not_be_are_refused(market: Market, wrong: Charge) -> None:
    draft = rejected(market)
    with refused(InvalidInput, field="line-1"):
        resubmit(market, draft, (wrong,))
