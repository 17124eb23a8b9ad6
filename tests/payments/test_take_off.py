"""Taking money off an invoice: it stays on account, and the invoice owes again."""

import pytest

from companies.domain.refusals import OwnCompany
from core.errors import InvalidInput
from creditmemos.operations.reversing import ConfirmUnpaid
from payments.domain.refusals import AllocationReversed
from payments.models import Allocation, Payment
from payments.operations import take_off
from tests.factories.companies import MembershipFactory
from tests.factories.payments import receive
from tests.factories.world import NOW, Market, issue_invoice, key
from tests.support.outbox import drain
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


def off(market: Market, allocation: Allocation, **extra: object) -> Payment:
    values: dict[str, object] = {"reason": "Meant for another invoice", "confirmed": True, "key": key(), **extra}
    return take_off(allocation=allocation, actor=market.actor(), now=NOW, **values)  # type: ignore[arg-type]


def test_the_invoice_owes_again_and_the_money_stays(market: Market) -> None:
    invoice = issue_invoice(market)
    due_date = invoice.due_date
    receive(market, 12_000, (invoice, 12_000))
    with listening():
        payment = off(market, Allocation.objects.get())
    invoice.refresh_from_db()
    assert (invoice.status, invoice.paid, invoice.amount_due, invoice.due_date) == ("unpaid", 0, 12_000, due_date)
    assert (payment.on_account, payment.keep_on_account) == (12_000, True)
    assert posted("payment.taken_off") == [[("unallocated", -12_000), ("receivable", 12_000)]]
    assert noted("payment.taken_off").note == "Meant for another invoice"
    assert published("payment.taken_off")[0]["invoice_ids"] == [invoice.pk]
    line = invoice.lines.get()
    assert (line.paid_net, [tax.paid for tax in line.taxes.all()]) == (0, [0])
    drain(NOW)
    invoice.refresh_from_db()
    assert invoice.status == "unpaid"


def test_without_the_tick_it_is_used_again_at_once(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 12_000, (invoice, 12_000))
    off(market, Allocation.objects.get(), keep=False)
    drain(NOW)
    invoice.refresh_from_db()
    assert invoice.status == "paid"


def test_a_paid_invoice_is_confirmed_first(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 12_000, (invoice, 12_000))
    with refused(ConfirmUnpaid, field="confirmed") as caught:
        off(market, Allocation.objects.get(), confirmed=False)
    assert "becomes unpaid, with €120.00 due" in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


def test_it_is_taken_off_once(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 500, (invoice, 500))
    allocation = Allocation.objects.get()
    off(market, allocation)
    with refused(AllocationReversed):
        off(market, allocation)


def test_a_reason_is_needed(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 500, (invoice, 500))
    with refused(InvalidInput, field="reason"):
        off(market, Allocation.objects.get(), reason=" ")


def test_not_for_ones_own_company(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 500, (invoice, 500))
    MembershipFactory.create(company=market.acme, user=market.user("manager"), roles=["billing_admin"])
    with refused(OwnCompany, field="company"):
        off(market, Allocation.objects.get())


def test_the_same_key_takes_off_once(market: Market) -> None:
    invoice = issue_invoice(market)
    receive(market, 500, (invoice, 500))
    allocation, token = Allocation.objects.get(), key()
    assert off(market, allocation, key=token).pk == off(market, allocation, key=token).pk
    assert Allocation.objects.count() == 2
