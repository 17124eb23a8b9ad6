"""Giving back what an invoice of a V1 marketplace carries on: whole, by two people, and then nothing takes it over."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from companies.domain.refusals import AlreadyAsked, MakerIsChecker, OwnCompany
from companies.operations import approvals
from core.errors import Missing
from core.models import Approval
from invoices.models import Invoice
from payments.domain.refusals import NothingCarried, ValueDateInFuture
from payments.models import Refund
from payments.operations import fail_refund, give_back_carried, return_refund, settle_refund
from tests.factories.billing import bill, plan, subscribe, tax
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.refunds import sent
from tests.factories.world import NOW, TODAY, Market, key, make_market
from tests.support.verbs import noted, posted, refused
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def carried(market: Market) -> Invoice:
    """162.00 below zero after a downgrade; the customer had paid the invoice before."""
    market.marketplace.pipeline = "v1"
    market.marketplace.save()
    tax(market)
    sold = subscribe(market, plan(market), start=date(2026, 5, 1))
    bill(market, date(2026, 5, 1))
    first = Invoice.objects.get()
    receive(market, first.total, (first, first.total), company=first.payer)
    sold.change(date(2026, 5, 5), quantity="10")
    bill(market, date(2026, 5, 20))
    found = Invoice.objects.get(carried_out__gt=0)
    assert (found.carried_out, found.carried_taken) == (162_00, 0)
    return found


def ask(market: Market, invoice: Invoice, *, person: str = "manager", **extra: object) -> Approval:
    return give_back_carried(
        invoice=invoice, sending=sent(**extra), reason="Left", actor=market.actor(person), now=NOW, key=key()
    )


def given(market: Market, invoice: Invoice, *, is_pending: bool = False) -> Refund:
    done = approvals.approve(
        approval=ask(market, invoice, is_pending=is_pending), actor=market.actor("second_manager"), now=NOW
    )
    assert isinstance(done, Refund)
    return done


def test_it_goes_back_and_nothing_takes_it_over(market: Market, carried: Invoice) -> None:
    refund = given(market, carried)
    carried.refresh_from_db()
    assert (refund.amount, refund.invoice, refund.status) == (162_00, carried, "successful")
    assert (refund.requested_by, refund.approved_by) == (market.user("manager"), market.user("second_manager"))
    assert (carried.carried_taken, carried.carried_to, carried.status, carried.amount_due) == (
        162_00,
        None,
        "carried",
        0,
    )
    assert posted("refund.sent") == [[("receivable", 162_00), ("money_clearing", -162_00)]]
    assert (noted("refund.sent").kind, noted("refund.sent").object_id) == ("invoice", carried.pk)
    bill(market, date(2026, 6, 1))
    assert Invoice.objects.latest("pk").carried_in == 0


def test_while_the_bank_moves_it_nothing_takes_it_over(market: Market, carried: Invoice) -> None:
    refund = given(market, carried, is_pending=True)
    carried.refresh_from_db()
    assert (carried.carried_taken, posted("refund.sent")) == (162_00, [])
    assert not Invoice.objects.carrying().exists()
    with refused(NothingCarried):
        ask(market, carried)
    settle_refund(refund=refund, value_date=TODAY, actor=market.actor(), now=NOW)
    assert len(posted("refund.sent")) == 1


def test_what_failed_is_carried_on_again(market: Market, carried: Invoice) -> None:
    fail_refund(refund=given(market, carried, is_pending=True), why="Account closed", actor=market.actor(), now=NOW)
    carried.refresh_from_db()
    assert carried.carried_taken == 0
    bill(market, date(2026, 6, 1))
    assert Invoice.objects.latest("pk").carried_in == 162_00


def test_and_what_came_back(market: Market, carried: Invoice) -> None:
    return_refund(refund=given(market, carried), value_date=TODAY, why="Wrong", actor=market.actor(), now=NOW)
    carried.refresh_from_db()
    assert carried.carried_taken == 0
    assert posted("refund.returned") == [[("receivable", -162_00), ("money_clearing", 162_00)]]
    assert isinstance(given(market, carried), Refund)


def test_a_request_reserves_nothing_and_is_asked_again(market: Market, carried: Invoice) -> None:
    approval = ask(market, carried)
    with refused(AlreadyAsked):
        ask(market, carried)
    with refused(MakerIsChecker):
        approvals.reject(approval=approval, reason="x", actor=market.actor(), now=NOW)
    bill(market, date(2026, 6, 1))
    with refused(NothingCarried):
        approvals.approve(approval=approval, actor=market.actor("second_manager"), now=NOW)


def test_only_what_is_carried_and_was_paid(market: Market, carried: Invoice) -> None:
    with refused(NothingCarried):
        ask(market, Invoice.objects.exclude(pk=carried.pk).get())
    with refused(ValueDateInFuture, field="value_date"):
        ask(market, carried, value_date=TODAY.replace(year=2098))


@pytest.mark.parametrize("person", ["manager", "finance"])
def test_not_of_ones_own_company(market: Market, carried: Invoice, person: str) -> None:
    MembershipFactory.create(user=market.user(person), company=carried.payer, roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        ask(market, carried, person=person)


def test_nor_of_another_marketplace(market: Market, carried: Invoice) -> None:
    stranger = make_market("south")
    with refused(Missing):
        ask(stranger, carried)


def test_the_database_keeps_what_went(market: Market, carried: Invoice) -> None:
    given(market, carried)
    with pytest.raises(IntegrityError, match="i21_moved_by_rows"), transaction.atomic():
        Invoice.objects.filter(pk=carried.pk).update(carried_taken=0)


def test_the_same_key_is_one_request(market: Market, carried: Invoice) -> None:
    once = key()

    def go() -> Approval:
        return give_back_carried(
            invoice=carried, sending=sent(), reason="Left", actor=market.actor(), now=NOW, key=once
        )

    assert go() == go()


@pytest.mark.usefixtures("twenty_days_later")
def test_pages(market: Market, carried: Invoice) -> None:
    manager, url = client_of(market.people["manager"]), reverse("payments:give_back_carried", args=[carried.pk])
    detail = reverse("invoices:detail", args=[carried.pk])
    assert url in manager.get(detail).content.decode()
    assert "A second person must approve." in manager.get(url).content.decode()
    typed = {"reason": "Left", "means": "transfer", "value_date": TODAY.isoformat(), "reference": "SEPA 7"}
    assert manager.post(url, {**typed, "reason": ""}).status_code == 422
    assert manager.post(url, {**typed, "is_pending": "on"})["Location"] == detail
    second = client_of(market.people["second_manager"])
    read = second.get(reverse("creditmemos:approval", args=[Approval.objects.get().pk])).content.decode()
    assert f"Give back the balance of {carried}" in read
    assert "SEPA 7" in read
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=NOW)
    refund = Refund.objects.get()
    page = manager.get(detail).content.decode()
    assert url not in page
    assert reverse("payments:refund_sent", args=[refund.pk]) in page
    assert str(carried) in manager.get(reverse("payments:refunds")).content.decode()
    failed = manager.get(reverse("payments:refund_failed", args=[refund.pk])).content.decode()
    assert "carries the balance on as before" in failed
