"""An invoice's activity and journal tell the money used on it and taken off, each with this invoice's own amounts."""

from typing import Any

import pytest
from django.test import Client

from invoices.models import Invoice
from payments.models import Allocation
from payments.operations import allocate, return_payment, take_off
from tests.factories.payments import receive
from tests.factories.world import NOW, TODAY, Market, charge, issue_invoice, key
from tests.support.evidence import assert_money_told_of_invoices

pytestmark = pytest.mark.django_db


@pytest.fixture
def invoices(market: Market) -> list[Invoice]:
    """Two of 120.00; a payment of 200.00 on both, a part taken off, used again, and a part returned by the bank."""
    one, other = (issue_invoice(market, charge("100.00")) for _ in range(2))
    by: dict[str, Any] = {"actor": market.actor(), "now": NOW}
    payment = receive(market, 200_00, (one, 70_00), (other, 90_00))
    first = Allocation.objects.get(amount=70_00)
    take_off(allocation=first, reason="Wrong invoice", key=key(), **by)
    allocate(payment=payment, wanted=[(one.pk, 30_00), (other.pk, 11_00)], key=key(), **by)
    return_payment(payment=payment, amount=100_00, reason="bank_return", value_date=TODAY, key=key(), **by)
    return [one, other]


def activity(client: Client, invoice: Invoice) -> str:
    return client.get(f"/invoices/{invoice.pk}/activity/").content.decode()


def test_each_allocation_and_reversal_stands_once(market: Market, invoices: list[Invoice]) -> None:
    receive(market, 5_00, (issue_invoice(market), 5_00))
    assert Allocation.objects.filter(reverses__isnull=False).count() >= 3
    assert_money_told_of_invoices()


def test_the_page_names_payment_and_own_amounts(invoices: list[Invoice], manager: Client) -> None:
    one, other = invoices
    payment = Allocation.objects.filter(invoice=one).first().payment  # type: ignore[union-attr]
    page = activity(manager, one)
    assert f"Recorded a payment {payment}" in page
    assert f"Took money off an invoice {payment}" in page
    assert f"Used money on account {payment}" in page
    assert f"€70.00 on {one}" in page
    assert f"€70.00 back from {one}" in page
    assert f"€30.00 on {one}" in page
    assert str(other) not in page
    assert "€90.00" not in page
    assert "€90.00" in activity(manager, other)


def test_another_invoice_tells_nothing_of_it(market: Market, invoices: list[Invoice], manager: Client) -> None:
    page = activity(manager, issue_invoice(market))
    assert "Issued an invoice" in page
    assert "P-0000" not in page


def test_newest_first_among_the_other_rows(market: Market, invoices: list[Invoice], manager: Client) -> None:
    page = activity(manager, invoices[0])
    places = [
        page.index(words)
        for words in (
            "Recorded that a bank took money back", "Used money on account", "Took money off an invoice",
            "Recorded a payment", "Issued an invoice",
        )
    ]  # fmt: skip
    assert places == sorted(places)


def test_the_journal_is_in_words(invoices: list[Invoice], manager: Client) -> None:
    page = manager.get(f"/invoices/{invoices[0].pk}/journal/").content.decode()
    for words in ("Payment received", "Payment taken off", "Payment allocated", "Payment returned", "Money on account"):
        assert words in page
    assert "payment." not in page
    assert "unallocated" not in page
