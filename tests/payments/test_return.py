"""Money that a bank takes back: off the account first, then off the newest invoices; and given again."""

from datetime import timedelta

import pytest

from core.errors import InvalidInput, Refusal
from payments.domain.refusals import NotSuccessful, OverReturnable, ReturnReversed
from payments.models import Allocation, Payment, PaymentReturn
from payments.operations import return_payment, undo_return
from payments.queries.history import history_of
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, charge, issue_invoice, key
from tests.support.verbs import listening, noted, posted, published, refused

pytestmark = pytest.mark.django_db


def back(market: Market, payment: Payment, amount: int, **extra: object) -> PaymentReturn:
    values: dict[str, object] = {"reason": "bank_return", "value_date": TODAY, "key": key(), **extra}
    return return_payment(payment=payment, amount=amount, actor=market.actor(), now=NOW, **values)  # type: ignore[arg-type]


def test_all_of_it_leaves_every_invoice_unpaid(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 15_000, (invoice, 12_000))
    with listening():
        back(market, payment, 15_000, note="AC04")
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, invoice.amount_due) == ("unpaid", 12_000)
    assert (payment.status, payment.returned, payment.allocated, payment.on_account) == ("returned", 15_000, 0, 0)
    assert posted("payment.returned") == [[("receivable", 12_000), ("unallocated", 3_000), ("money_clearing", -15_000)]]
    assert noted("payment.returned").note == "AC04"
    assert published("payment.returned")[0]["payment_id"] == payment.pk


def test_money_on_account_goes_first(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 15_000, (invoice, 12_000))
    back(market, payment, 3_000)
    invoice.refresh_from_db()
    payment.refresh_from_db()
    assert (invoice.status, payment.status, payment.on_account) == ("paid", "successful", 0)


def test_the_newest_allocation_goes_first_and_keeps_what_is_not_taken(market: Market) -> None:
    older, newer = issue_invoice(market), issue_invoice(market, charge("50.00"))
    payment = receive(market, 18_000, (older, 12_000), (newer, 6_000))
    back(market, payment, 1_000)
    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.status, newer.status, newer.amount_due) == ("paid", "unpaid", 1_000)
    amounts = list(Allocation.objects.filter(invoice=newer).order_by("pk").values_list("amount", flat=True))
    assert amounts == [6_000, -6_000, 5_000]
    assert posted("payment.returned") == [[("receivable", 1_000), ("money_clearing", -1_000)]]


def test_a_person_may_choose_which(market: Market) -> None:
    older, newer = issue_invoice(market), issue_invoice(market, charge("50.00"))
    payment = receive(market, 18_000, (older, 12_000), (newer, 6_000))
    back(market, payment, 12_000, chosen=list(Allocation.objects.filter(invoice=older)))
    older.refresh_from_db()
    newer.refresh_from_db()
    assert (older.status, newer.status) == ("unpaid", "paid")


def test_more_than_moved_is_refused(market: Market) -> None:
    payment = receive(market, 500)
    with refused(OverReturnable, field="amount") as caught:
        back(market, payment, 501)
    assert "€5.00" in caught.value.message.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(("field", "value"), [("reason", "because"), ("value_date", TODAY + timedelta(days=1))])
def test_odd_values_are_refused(market: Market, field: str, value: object) -> None:
    payment = receive(market, 500)
    with pytest.raises(Refusal) as caught:
        back(market, payment, 100, **{field: value})
    assert caught.value.field == field


def test_what_never_came_cannot_go_back(market: Market) -> None:
    payment = receive(market, 500, is_pending=True)
    with refused(NotSuccessful):
        back(market, payment, 100)


def test_the_bank_gives_it_again_by_an_opposite_row(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 12_000, (invoice, 12_000))
    row = back(market, payment, 12_000, reason="dispute")
    opposite = undo_return(row=row, value_date=TODAY, actor=market.actor(), now=NOW, key=key())
    payment.refresh_from_db()
    assert (opposite.amount, opposite.reverses_id) == (-12_000, row.pk)
    assert (payment.status, payment.on_account, payment.returned) == ("successful", 12_000, 0)
    assert posted("payment.unreturned") == [[("unallocated", -12_000), ("money_clearing", 12_000)]]
    with refused(ReturnReversed):
        undo_return(row=row, value_date=TODAY, actor=market.actor(), now=NOW, key=key())


def test_an_amount_is_above_zero(market: Market) -> None:
    payment = receive(market, 500)
    with refused(InvalidInput, field="amount"):
        back(market, payment, 0)


def test_the_history_tells_what_happened_in_its_order(market: Market) -> None:
    invoice = issue_invoice(market)
    payment = receive(market, 12_000, (invoice, 12_000))
    back(market, payment, 5_000)
    payment.refresh_from_db()
    told = [(move.kind, move.amount, move.after) for move in history_of(payment)]
    assert told == [
        ("received", 12_000, 12_000), ("allocated", -12_000, 0), ("taken_off", 12_000, 12_000),
        ("allocated", -7_000, 5_000), ("returned", -5_000, 0),
    ]  # fmt: skip
