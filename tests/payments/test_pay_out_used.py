"""Paying out a memo in use: reversed, divided, one part paid out and the rest applied again, in one step."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from companies.domain.refusals import AlreadyAsked, OwnCompany
from companies.models import Company, MarketplaceSettings
from companies.operations import approvals
from core.errors import InvalidInput, Missing
from core.models import Approval
from creditmemos.domain.refusals import PayoutPending
from creditmemos.models import Application, CreditMemo
from creditmemos.operations import close, release
from creditmemos.operations import reverse as reverse_application
from creditmemos.operations.guards import alone_so_far
from creditmemos.operations.holding import PayoutAsked
from creditmemos.operations.reversing import ConfirmUnpaid
from invoices.models import Invoice
from payments.domain.refusals import NothingPaidIn, NotPayable, PayoutMoved
from payments.models import Refund
from payments.operations import Refunded, fail_refund, pay_out_used, refund_items
from tests.factories.companies import MembershipFactory
from tests.factories.items import items, whole
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.world import (
    NOW,
    TODAY,
    Market,
    apply,
    charge,
    credit_invoice,
    issue_invoice,
    issue_memo,
    key,
    make_market,
)
from tests.support.verbs import listening, noted, posted, published, refused
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(market: Market) -> Invoice:
    """120.00 and 60.00, all of it paid."""
    invoice = issue_invoice(market, charge(), charge("50.00", description="Support"))
    receive(market, invoice.total, (invoice, invoice.total))
    invoice.refresh_from_db()
    return invoice


@pytest.fixture
def owed(market: Market) -> Invoice:
    """120.00 that are owed."""
    return issue_invoice(market)


@pytest.fixture
def memo(market: Market, paid: Invoice, owed: Invoice) -> CreditMemo:
    """120.00 of what was paid, of which 50.00 are applied to what is owed."""
    found = credit_invoice(market, paid, 100_00)
    apply(market, found, owed, 50_00)
    found.refresh_from_db()
    return found


def out(
    market: Market, memo: CreditMemo, *off: UUID, person: str = "manager", confirmed: bool = False, **extra: object
) -> object:
    return pay_out_used(
        memo=memo, off=off, sending=sent(**extra), reason="Left", confirmed=confirmed, actor=market.actor(person),
        now=NOW, key=key(),
    )  # fmt: skip


def parts(memo: CreditMemo) -> list[tuple[int, str, int, int]]:
    rows = CreditMemo.objects.filter(divided_from=memo).order_by("pk")
    return [(row.total, row.status, row.applied, row.paid_out) for row in rows]


def test_what_is_not_applied_goes_and_the_rest_stays_where_it_is(
    market: Market, memo: CreditMemo, owed: Invoice
) -> None:
    with listening():
        refund = out(market, memo)
    assert isinstance(refund, Refund)
    memo.refresh_from_db()
    owed.refresh_from_db()
    assert (memo.status, memo.applied) == ("voided", 0)
    assert parts(memo) == [(50_00, "fully_applied", 50_00, 0), (70_00, "paid_out", 0, 70_00)]
    assert (owed.credited, owed.amount_due, owed.status) == (50_00, 70_00, "unpaid")
    assert refund.memo
    assert (refund.amount, refund.memo.divided_from) == (70_00, memo)
    assert posted("refund.sent") == [[("customer_credit", 70_00), ("money_clearing", -70_00)]]
    assert [event["memo_id"] for event in published("credit_memo.reversed")] == [memo.pk]
    assert noted("credit_memo.divided").note == "Left"
    nets = CreditMemo.objects.filter(divided_from=memo).values_list("net", "tax")
    assert [sum(each) for each in zip(*nets, strict=True)] == [100_00, 20_00]


def test_what_is_taken_off_goes_too(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    second = issue_invoice(market)
    apply(market, memo, second, 30_00)
    off = Application.objects.get(invoice=second)
    refund = out(market, memo, off.pk)
    assert isinstance(refund, Refund)
    second.refresh_from_db()
    owed.refresh_from_db()
    assert (refund.amount, second.credited, owed.credited) == (70_00, 0, 50_00)


def test_with_nothing_kept_the_memo_itself_is_paid_out(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    refund = out(market, memo, Application.objects.get().pk)
    assert isinstance(refund, Refund)
    memo.refresh_from_db()
    assert (refund.memo, refund.amount, memo.status) == (memo, 120_00, "paid_out")
    assert not CreditMemo.objects.filter(divided_from=memo).exists()


def test_while_the_bank_moves_it_the_part_is_reserved(market: Market, memo: CreditMemo) -> None:
    out(market, memo, is_pending=True)
    stays, going = CreditMemo.objects.filter(divided_from=memo).order_by("pk")
    assert (going.status, going.payout_pending, stays.applied) == ("unapplied", 70_00, 50_00)
    with refused(PayoutPending):
        close(memo=going, reason="x", actor=market.actor(), now=NOW)


def test_all_applied_needs_something_to_take_off(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    apply(market, memo, owed, 70_00)
    with refused(InvalidInput, field="off"):
        out(market, memo)
    second = Application.objects.get(amount=70_00)
    assert isinstance(out(market, memo, second.pk), Refund)
    owed.refresh_from_db()
    assert (owed.status, owed.amount_due) == ("unpaid", 70_00)


def test_an_invoice_that_money_paid_too_is_confirmed_first(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    receive(market, 70_00, (owed, 70_00))
    off = Application.objects.get().pk
    with refused(ConfirmUnpaid, field="confirmed"):
        out(market, memo, off)
    assert isinstance(out(market, memo), Refund)  # It keeps its credit: nothing to confirm.
    owed.refresh_from_db()
    assert owed.status == "paid"


def test_an_ad_hoc_memo_is_asked_for(market: Market, owed: Invoice) -> None:
    memo = issue_memo(market, "80.00", use="follow")
    receive(market, 80_00, keep_on_account=True)
    apply(market, memo, owed, 30_00)
    assert isinstance(out(market, memo), Approval)
    memo.refresh_from_db()
    assert (memo.on_hold, memo.applied) == (True, 30_00)
    with refused(AlreadyAsked):
        out(market, memo)
    with refused(PayoutAsked):
        release(memo=memo, actor=market.actor(), now=NOW)
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    assert parts(memo) == [(30_00, "fully_applied", 30_00, 0), (50_00, "paid_out", 0, 50_00)]
    refund = Refund.objects.get()
    assert (refund.requested_by, refund.approved_by) == (market.user("manager"), market.user("second_manager"))


def test_what_is_applied_otherwise_by_now_was_not_agreed_to(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=69_99)
    assert isinstance(out(market, memo), Approval)
    reverse_application(
        application=Application.objects.get(), reason="x", actor=market.actor(), now=NOW, key=key(), hold=True
    )
    with refused(PayoutMoved):
        approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)


def test_a_relative_of_the_operator_is_asked_about(market: Market, memo: CreditMemo) -> None:
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    assert isinstance(out(market, memo), Approval)


def test_only_what_is_in_use(market: Market, paid: Invoice, memo: CreditMemo) -> None:
    unused = issue_memo(market)
    with refused(NotPayable):
        out(market, unused)
    out(market, memo)
    with refused(NotPayable):
        out(market, memo)


def test_not_what_nobody_paid(market: Market, owed: Invoice) -> None:
    memo = issue_memo(market)
    apply(market, memo, owed, 10_00)
    with refused(NothingPaidIn):
        out(market, memo)


def test_nor_of_an_application_that_is_not_its_own(market: Market, memo: CreditMemo) -> None:
    with refused(PayoutMoved):
        out(market, memo, uuid4())


@pytest.mark.parametrize("person", ["manager", "finance"])
def test_not_of_ones_own_company(market: Market, memo: CreditMemo, person: str) -> None:
    MembershipFactory.create(user=market.user(person), company=market.acme, roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        out(market, memo, person=person)


def test_nor_of_another_marketplace(market: Market, memo: CreditMemo) -> None:
    stranger = make_market("south")
    with refused(Missing):
        out(stranger, memo)


def test_the_same_key_is_one_refund(market: Market, memo: CreditMemo) -> None:
    once = key()

    def go() -> object:
        return pay_out_used(
            memo=memo, off=[], sending=sent(), reason="Left", confirmed=False, actor=market.actor(), now=NOW, key=once
        )

    assert go() == go()
    assert Refund.objects.count() == 1


@pytest.mark.usefixtures("twenty_days_later")
def test_the_dialog(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    manager, url = client_of(market.people["manager"]), reverse("payments:pay_out_used", args=[memo.pk])
    assert url in manager.get(reverse("creditmemos:detail", args=[memo.pk])).content.decode()
    page = manager.get(url).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert f"{owed}: €50.00" in page
    assert "€70.00 goes to" in page
    assert "is voided and issued again as two" in page
    typed = {"reason": "Left", "means": "transfer", "value_date": TODAY.isoformat(), "reference": "SEPA 7"}
    answer = manager.post(url, {**typed, "off": str(uuid4())})
    assert answer.status_code == 422
    assert "SEPA 7" in answer.content.decode()
    answer = manager.post(url, typed)
    going = CreditMemo.objects.get(divided_from=memo, total=70_00)
    assert answer["Location"] == reverse("creditmemos:detail", args=[going.pk])
    said = manager.get(answer["Location"]).content.decode().replace("\N{NO-BREAK SPACE}", " ")
    assert f"€70.00 of {memo} has been paid out as {going}." in said


@pytest.mark.usefixtures("twenty_days_later")
def test_what_a_second_person_reads(market: Market, memo: CreditMemo, owed: Invoice) -> None:
    MarketplaceSettings.objects.filter(marketplace=market.marketplace).update(approval_threshold=1_00)
    manager, url = client_of(market.people["manager"]), reverse("payments:pay_out_used", args=[memo.pk])
    manager.post(url, {"reason": "Left", "means": "transfer", "value_date": TODAY.isoformat()})
    request = reverse("creditmemos:approval", args=[Approval.objects.get().pk])
    read = client_of(market.people["second_manager"]).get(request).content.decode()
    assert f"Applied to {owed} again" in read


def test_a_part_of_refunded_items_counts_towards_the_approval_limit(
    market: Market, paid: Invoice, owed: Invoice
) -> None:
    made = refund_items(
        invoice=paid, items=items(market, *whole(paid)), sending=sent(is_pending=True), actor=market.actor(), now=NOW,
        key=key(),
    )  # fmt: skip
    assert isinstance(made, Refunded)
    failed = fail_refund(refund=made.refunds[0], why="Wrong account.", actor=market.actor(), now=NOW)
    assert failed.memo is not None
    memo = release(memo=failed.memo, actor=market.actor(), now=NOW)
    apply(market, memo, owed, 50_00)
    later = NOW + timedelta(hours=25)
    found = pay_out_used(
        memo=memo, off=[], sending=sent(), reason="Closed.", confirmed=False, actor=market.actor(), now=later, key=key()
    )
    assert isinstance(found, Refund)
    assert found.amount == 130_00
    assert alone_so_far(payer_id=memo.payer_id, actor=market.actor(), now=later) == 130_00
