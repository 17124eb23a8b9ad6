"""Money of relatives of the operator: a second person is asked, reads what is asked for, and it is done as asked."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from companies.models import Company
from companies.operations import approvals
from core.models import Approval
from ledger.models import BalanceAccount
from payments.models import Allocation, Payment
from payments.queries.activity import told_of_payment
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice
from tests.support.visits import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("twenty_days_later")]
LATER = NOW + timedelta(days=20)
RECORD = reverse("payments:record")


@pytest.fixture
def asking(market: Market) -> Client:
    """A manager; Acme is a child of the operator."""
    Company.objects.filter(pk=market.acme.pk).update(parent=market.operator)
    return client_of(market.people["manager"])


def words(answer: Any) -> str:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return text.replace("&#x27;", "'")


def typed(market: Market, **more: str) -> dict[str, str]:
    return {"company": str(market.acme.pk), "amount": "10.00", "value_date": "2026-06-01", "means": "cash", **more}


def url(verb: str, payment: Payment, *more: object) -> str:
    return reverse(f"payments:{verb}", args=[payment.pk, *more])


def agree(market: Market) -> None:
    approvals.approve(approval=Approval.objects.get(), actor=market.actor("second_manager"), now=LATER)


def read(market: Market, part: str = "approval") -> str:
    """What the second person reads."""
    page = reverse(f"creditmemos:{part}", args=[Approval.objects.get().pk])
    return words(client_of(market.people["second_manager"]).get(page))


def test_an_account_that_was_opened_for_the_request_alone_is_opened_again(market: Market, asking: Client) -> None:
    assert asking.post(RECORD, typed(market)).status_code == 302
    assert not BalanceAccount.objects.exists()
    market.account(market.birch)  # May get the number that the other one had.
    agree(market)
    payment = Payment.objects.get()
    assert (payment.payer, payment.amount, payment.means) == (market.acme, 10_00, "cash")


def test_the_page_names_who_recorded_it_and_who_approved(market: Market, asking: Client) -> None:
    asking.post(RECORD, typed(market))
    agree(market)
    payment = Payment.objects.get()
    assert (payment.requested_by, payment.approved_by) == (market.user("manager"), market.user("second_manager"))
    page = words(asking.get(reverse("payments:detail", args=[payment.pk])))
    manager, second = (market.people[each].membership.name for each in ("manager", "second_manager"))
    assert f"Recorded by {manager}" in page
    assert f"Approved by {second}" in page


def test_a_decided_request_says_what_was_requested(market: Market, asking: Client) -> None:
    asking.post(RECORD, typed(market))
    assert "If approved" in read(market)
    agree(market)
    page = read(market)
    assert "What was requested" in page
    assert "If approved" not in page


def test_what_one_person_records_nobody_approved(market: Market) -> None:
    payment = receive(market, 1_00)
    page = words(client_of(market.people["manager"]).get(reverse("payments:detail", args=[payment.pk])))
    assert payment.approved_by is None
    assert "Approved by" not in page


def test_several_payments_are_asked_for_at_once(market: Market, asking: Client) -> None:
    assert asking.post(RECORD, typed(market)).status_code == 302
    assert asking.post(RECORD, typed(market, amount="77.00", reference="other")).status_code == 302
    assert asking.post(RECORD, typed(market)).status_code == 422  # That one waits already.
    assert Approval.objects.count() == 2


def test_what_is_said_about_a_request_stands_with_no_payment_of_somebody_else(market: Market, asking: Client) -> None:
    account = market.account(market.acme)
    while not Payment.objects.filter(pk=account.pk).exists():
        receive(market, 1_00, company=market.birch)
    asking.post(RECORD, typed(market))
    approvals.reject(
        approval=Approval.objects.get(), reason="It never came", actor=market.actor("second_manager"), now=LATER
    )
    rows = told_of_payment(Payment.objects.get(pk=account.pk))
    assert [row.verb for row in rows] == ["payment.received"]


@pytest.fixture
def halves(market: Market) -> Payment:
    """100.00, on two invoices."""
    return receive(market, 100_00, *((issue_invoice(market), 50_00) for _ in range(2)))


def test_each_allocation_is_asked_for_by_itself(market: Market, halves: Payment, asking: Client) -> None:
    for row in Allocation.objects.all():
        answer = asking.post(url("take_off", halves, row.pk), {"reason": "x", "keep": "on", "confirmed": "on"})
        assert answer.status_code == 302
    assert Approval.objects.count() == 2


@pytest.fixture
def paid(market: Market) -> Payment:
    """120.00, all on one invoice."""
    return receive(market, 120_00, (issue_invoice(market), 120_00))


def test_what_can_never_be_done_is_not_asked_for(market: Market, paid: Payment, asking: Client) -> None:
    row = Allocation.objects.get()
    answers = [
        asking.post(url("return", paid), {"amount": "999.00", "reason": "bounced", "value_date": "2026-06-01"}),
        asking.post(url("take_off", paid, row.pk), {"reason": "x", "keep": "on"}),
        asking.post(RECORD, typed(market, value_date="2099-12-31")),
    ]
    assert [answer.status_code for answer in answers] == [422] * 3
    assert not Approval.objects.exists()


def test_pages_open_although_a_second_person_will_be_asked(market: Market, paid: Payment, asking: Client) -> None:
    for page in (url("return", paid), url("take_off", paid, Allocation.objects.get().pk)):
        assert 'name="value_date"' in asking.get(page).content.decode() or "Reason" in words(asking.get(page))


def test_the_second_person_reads_amount_reason_and_day_of_a_return(
    market: Market, paid: Payment, asking: Client
) -> None:
    asking.post(url("return", paid), {"amount": "33.00", "reason": "bounced", "value_date": "2026-06-02"})
    page = read(market)
    for fact in ("€33.00", "Bounced cheque", "Jun 2, 2026"):
        assert fact in page
    agree(market)
    paid.refresh_from_db()
    assert paid.returned == 33_00


def test_and_invoice_and_amount_of_money_that_is_taken_off(market: Market, paid: Payment, asking: Client) -> None:
    data = {"reason": "Wrong invoice", "keep": "on", "confirmed": "on"}
    asking.post(url("take_off", paid, Allocation.objects.get().pk), data)
    page = read(market)
    for fact in ("INV-2026-00001", "€120.00", "Wrong invoice"):
        assert fact in page
    agree(market)
    paid.refresh_from_db()
    assert paid.on_account == 120_00


def test_and_all_that_was_typed_of_a_payment(market: Market, asking: Client) -> None:
    invoice = issue_invoice(market)
    asking.post(RECORD, typed(market, reference="RF 18", **{f"amount-{invoice.pk}": "7.00"}))
    page = read(market)
    for fact in ("€10.00", "Cash", "Jun 1, 2026", "RF 18", "INV-2026-00001: €7.00"):
        assert fact in page


def test_a_request_that_can_no_longer_be_met_says_so_beforehand(market: Market, paid: Payment, asking: Client) -> None:
    asking.post(url("return", paid), {"amount": "120.00", "reason": "bounced", "value_date": "2026-06-02"})
    assert "at most" not in read(market, "approval_standing")
    Company.objects.filter(pk=market.acme.pk).update(parent=None)
    other = client_of(market.people["finance"])
    answer = other.post(url("return", paid), {"amount": "20.00", "reason": "bounced", "value_date": "2026-06-02"})
    assert answer.status_code == 302
    assert "The bank can take back at most €100.00 of P-" in read(market, "approval_standing")


def test_why_a_payment_failed_is_for_staff(market: Market) -> None:
    payment = receive(market, 5_00, is_pending=True)
    data = {"why": "Call the lawyer"}
    client_of(market.people["manager"]).post(url("fail", payment), data)
    assert "lawyer" in words(client_of(market.people["finance"]).get(url("detail", payment)))
    assert "lawyer" not in words(client_of(market.people["company_admin"]).get(url("detail", payment)))
