"""Approve: another person, every guard once more, and nothing that moved since it was asked."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from billing.operations.voiding import void_invoice
from companies.domain.refusals import MakerIsChecker, NotWaiting, OwnCompany, ReasonMissing
from companies.models import MarketplaceSettings
from companies.queries.two_person import verb_of
from core.errors import InvalidInput, Missing
from core.models import Approval
from creditmemos import operations
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import InvoiceNotCreditable, NotUnpaid, OverCredit, PipelineV1
from creditmemos.models import CreditMemo
from creditmemos.operations.approving import DraftOutdated
from creditmemos.operations.closing import ClosingNotAllowed, NotClosable
from creditmemos.operations.reopening import NotClosed
from invoices.models import Invoice
from tests.factories.companies import CompanyFactory, MembershipFactory
from tests.factories.world import NOW, Market, apply, charge, credit_invoice, issue_invoice, issue_memo, key
from tests.support.drafts import closed_memo, request_of, waiting_close, waiting_memo
from tests.support.verbs import noted, pay, posted, published, refused, set_threshold

LATER = NOW + timedelta(days=2)


def approve(market: Market, approval: Approval, person: str = "finance") -> CreditMemo:
    memo: CreditMemo = operations.approve(approval=approval, actor=market.actor(person), now=LATER)
    return memo


def waiting_credit(market: Market, invoice: Invoice, *, use: str = "hold", **ways: Any) -> tuple[CreditMemo, Approval]:
    """Credit of the invoice's first line that waits for a second person."""
    set_threshold(market, 0)
    memo = operations.issue_from_invoice(
        invoice=invoice,
        lines=[InvoiceCredit(invoice.lines.order_by("position")[0].pk, **ways)],
        details=Details(reason_id=market.reason().pk, use=use),
        actor=market.actor(),
        now=NOW,
        key=key(),
    )
    set_threshold(market, None)
    return memo, request_of(memo, "issue")


# --- issue ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["close", "reopen"])
def test_a_request_that_waits_does_not_stand_in_its_own_way(market: Market, verb: str) -> None:
    if verb == "close":
        asked = waiting_close(market, issue_memo(market))
    else:
        asked = operations.reopen(memo=closed_memo(market), reason="x", actor=market.actor(), now=NOW)
    assert verb_of(asked).foresee(asked, market.actor("finance"), NOW) is None


def test_another_person_issues_the_memo(market: Market) -> None:
    draft, approval = waiting_memo(market)
    memo = approve(market, approval)
    memo.refresh_from_db()

    assert (memo.pk, memo.number, memo.status, memo.balance) == (draft.pk, "CM-2026-00001", "unapplied", 5000)
    assert (memo.issue_date, memo.effective_date, memo.issued_at) == (date(2026, 5, 20), date(2026, 5, 20), LATER)
    assert (memo.created_by, memo.document_date) == (market.user("manager"), date(2026, 5, 20))
    approval.refresh_from_db()
    assert (approval.decision, approval.decided_by, approval.decided_at) == ("approved", market.user("finance"), LATER)
    assert posted("creditmemo.issue") == [[("credit_given", 5000), ("customer_credit", -5000)]]
    assert noted("credit_memo.approved").after == {"asked": "issue"}
    assert noted("credit_memo.issued").actor == market.user("finance")
    assert published("credit_memo.issued") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_the_maker_is_not_the_checker(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    with refused(MakerIsChecker):
        approve(market, approval, "manager")


def test_it_is_decided_once(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    approve(market, approval)
    for person in ("finance", "second_manager"):
        with refused(NotWaiting):
            approve(market, approval, person)


def test_a_stranger_finds_nothing_to_decide(market: Market, south: Market) -> None:
    _memo, approval = waiting_memo(market)
    with refused(Missing):
        approve(south, approval)


@pytest.mark.parametrize("relation", ["itself", "parent", "child"])
def test_the_checker_does_not_belong_to_the_company(market: Market, relation: str) -> None:
    holding = CompanyFactory.create(marketplace=market.marketplace, name="Acme Holding")
    own = {"itself": market.acme, "parent": holding, "child": holding}[relation]
    if relation == "parent":
        market.acme.parent = holding
        market.acme.save()
    if relation == "child":
        holding.parent = market.acme
        holding.save()
    _memo, approval = waiting_memo(market)
    MembershipFactory.create(user=market.user("finance"), company=own, roles=["user"])
    with refused(OwnCompany, field="company") as caught:
        approve(market, approval)
    assert caught.value.message == OwnCompany.text
    assert approve(market, approval, "second_manager").is_issued


def test_the_maker_has_not_joined_the_company_since(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company") as caught:
        approve(market, approval)
    assert caught.value.message.startswith("The person who requested this now belongs to the company")


def test_what_closed_meanwhile_refuses_it(market: Market) -> None:
    set_threshold(market, 0)
    memo = operations.issue_ad_hoc(
        account=market.account(), beneficiary=market.acme, charges=(charge(),), actor=market.actor(), now=NOW,
        key=key(),
        details=Details(reason_id=market.reason().pk, effective_date=date(2026, 5, 4)),
    )  # fmt: skip
    market.merchant.closed_through = date(2026, 5, 10)
    market.merchant.save()
    with refused(InvalidInput, field="effective_date") as caught:
        approve(market, request_of(memo, "issue"))
    assert caught.value.message == "The period up to 2026-05-10 is closed."


def test_a_reason_that_was_retired_refuses_it(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    reason = market.reason()
    reason.is_active = False
    reason.save()
    with refused(ReasonMissing, field="reason"):
        approve(market, approval)


def test_a_billed_user_who_left_refuses_it(market: Market) -> None:
    _memo, approval = waiting_memo(market, billed_user=market.user("user"))
    market.user("user").memberships.update(is_active=False)
    with refused(InvalidInput, field="billed_user"):
        approve(market, approval)


def test_a_marketplace_that_went_to_v1_refuses_it(market: Market) -> None:
    _memo, approval = waiting_memo(market)
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    with refused(PipelineV1):
        approve(market, approval)


@pytest.mark.parametrize(
    ("ways", "figures"),
    [({"net": 5000}, (5000, 1000)), ({"quantity": Decimal("0.5")}, (5000, 1000)), ({"tax_only": 700}, (0, 700))],
)
def test_credit_of_an_invoice_is_issued_as_drafted(
    market: Market, ways: dict[str, Any], figures: tuple[int, int]
) -> None:
    invoice = issue_invoice(market)
    memo, approval = waiting_credit(market, invoice, **ways)
    memo = approve(market, approval)
    assert (memo.net, memo.tax, memo.is_issued) == (*figures, True)
    assert invoice.lines.get().credited_net == figures[0]


def test_room_that_was_taken_meanwhile_refuses_it(market: Market) -> None:
    invoice = issue_invoice(market)
    _memo, approval = waiting_credit(market, invoice, net=6000)
    credit_invoice(market, invoice, 5000)
    with refused(OverCredit, field=f"line-{invoice.lines.get().pk}") as caught:
        approve(market, approval)
    assert caught.value.message == "Only €50.00 net of this line can still be credited."


def test_tax_that_would_be_another_by_now_refuses_it(market: Market) -> None:
    invoice = issue_invoice(market, charge("10.00"))
    _memo, approval = waiting_credit(market, invoice, net=333)
    credit_invoice(market, invoice, 333)
    with refused(DraftOutdated) as caught:
        approve(market, approval)
    assert caught.value.message == (
        "The figures have changed since the request: €4.00 then, €3.99 now. Reject it, or have it resubmitted."
    )


def test_an_invoice_that_was_voided_or_paid_meanwhile_refuses_it(market: Market) -> None:
    void, paid = issue_invoice(market), issue_invoice(market)
    _memo, first = waiting_credit(market, void, net=100)
    _memo, second = waiting_credit(market, paid, net=100, use="apply_now")
    void_invoice(invoice=void, reason="Mistake", actor=market.actor(), now=NOW)
    pay(market, paid, 12000)
    with refused(InvoiceNotCreditable):
        approve(market, first)
    with refused(NotUnpaid, field="use"):
        approve(market, second)


def test_apply_now_applies_what_the_invoice_needs_by_then(market: Market) -> None:
    invoice = issue_invoice(market)
    memo, approval = waiting_credit(market, invoice, net=10000, use="apply_now")
    apply(market, issue_memo(market, "100.00"), invoice, 10000)
    approve(market, approval)
    memo.refresh_from_db()
    invoice.refresh_from_db()
    assert (memo.status, memo.applied, memo.balance, invoice.status) == ("partially_applied", 2000, 10000, "paid")


# --- close ------------------------------------------------------------------------------------------------------------


def test_another_person_closes_the_memo(market: Market) -> None:
    memo = issue_memo(market)
    approval = waiting_close(market, memo)
    approve(market, approval)
    memo.refresh_from_db()
    assert (memo.status, memo.written_off, memo.balance) == ("closed", 5000, 0)
    assert (memo.closed_by, memo.closed_at, memo.close_reason) == (market.user("manager"), LATER, "Contract ended")
    assert posted("creditmemo.close") == [[("customer_credit", 5000), ("credit_written_off", -5000)]]
    assert noted("credit_memo.approved").after == {"asked": "close"}
    assert published("credit_memo.closed") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_another_amount_than_was_asked_for_is_not_written_off(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    approval = waiting_close(market, memo)
    apply(market, memo, invoice, 2000)
    with refused(DraftOutdated) as caught:
        approve(market, approval)
    assert "€50.00 then, €30.00 now" in caught.value.message


def test_a_memo_that_was_used_up_or_voided_meanwhile_is_not_closed(market: Market) -> None:
    used, voided, invoice = issue_memo(market), issue_memo(market), issue_invoice(market)
    first, second = waiting_close(market, used), waiting_close(market, voided)
    apply(market, used, invoice, 5000)
    operations.void(memo=voided, reason="Mistake", actor=market.actor(), now=NOW)
    for approval, status in ((first, "fully applied"), (second, "voided")):
        with refused(NotClosable) as caught:
            approve(market, approval)
        assert status in caught.value.message


def test_closing_that_was_forbidden_meanwhile_is_refused(market: Market) -> None:
    approval = waiting_close(market, issue_memo(market))
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(allow_close=False)
    with refused(ClosingNotAllowed):
        approve(market, approval)


def test_neither_maker_nor_checker_of_a_close_belongs_to_the_company(market: Market) -> None:
    approval = waiting_close(market, issue_memo(market))
    with refused(MakerIsChecker):
        approve(market, approval, "manager")
    MembershipFactory.create(user=market.user("finance"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        approve(market, approval)
    MembershipFactory.create(user=market.user("manager"), company=market.acme, roles=["user"])
    with refused(OwnCompany, field="company"):
        approve(market, approval, "second_manager")


# --- reopen -----------------------------------------------------------------------------------------------------------


def test_another_person_reopens_the_memo(market: Market) -> None:
    memo = closed_memo(market)
    asked = operations.reopen(memo=memo, reason="They came back", actor=market.actor(), now=NOW)
    approve(market, asked)
    memo.refresh_from_db()
    assert (memo.status, memo.written_off, memo.balance) == ("unapplied", 0, 5000)
    assert (memo.closed_by, memo.closed_at, memo.close_reason) == (None, None, "")
    assert posted("creditmemo.reopen") == [[("customer_credit", -5000), ("credit_written_off", 5000)]]
    assert noted("credit_memo.reopened").note == "They came back"
    assert published("credit_memo.reopened") == [{"memo_id": memo.pk, "account_id": memo.account_id}]


def test_reopening_goes_back_to_partially_applied(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 2000)
    operations.close(memo=memo, reason="Rest waived", actor=market.actor(), now=NOW)
    asked = operations.reopen(memo=memo, reason="They came back", actor=market.actor(), now=NOW)
    approve(market, asked)
    memo.refresh_from_db()
    assert (memo.status, memo.applied, memo.balance) == ("partially_applied", 2000, 3000)


def test_a_write_off_that_grew_meanwhile_is_not_reopened(market: Market) -> None:
    memo, invoice = issue_memo(market), issue_invoice(market)
    apply(market, memo, invoice, 2000)
    operations.close(memo=memo, reason="Rest waived", actor=market.actor(), now=NOW)
    asked = operations.reopen(memo=memo, reason="They came back", actor=market.actor(), now=NOW)
    void_invoice(invoice=invoice, reason="Mistake", actor=market.actor(), now=NOW)
    with refused(DraftOutdated) as caught:
        approve(market, asked)
    assert "€30.00 then, €50.00 now" in caught.value.message


def test_a_memo_that_is_open_already_is_not_reopened(market: Market) -> None:
    memo = closed_memo(market)
    asked = operations.reopen(memo=memo, reason="They came back", actor=market.actor(), now=NOW)
    approve(market, asked)
    asked.pk = None
    asked.save()
    with refused(NotClosed):
        approve(market, asked)
