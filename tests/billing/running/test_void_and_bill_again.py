"""After a run's invoice is voided: what was charged for its days and usage must not vanish unsaid, nor come back by halves."""

from datetime import date, timedelta

import pytest
from django.test import Client

from billing.models import BillingException
from creditmemos import operations
from invoices.models import Invoice
from tests.factories.billing import bill, plan, subscribe
from tests.factories.world import NOW, Market

MAY = date(2026, 5, 1)


def void(market: Market, invoice: Invoice) -> None:
    operations.void_invoice(invoice=invoice, reason="Wrong address", actor=market.actor(), now=NOW + timedelta(days=1))


def days_billed() -> set[str]:
    live = Invoice.objects.exclude(status="void")
    return {f"{line.period_from}/{line.period_to}" for each in live for line in each.lines.all()}


@pytest.mark.xfail(strict=True, reason="the period is never billed again, unsaid")
def test_the_voided_period_is_billed_again_or_told(market: Market, manager: Client) -> None:
    subscribe(market, plan(market), start=MAY, quantity="1")
    bill(market, date(2026, 5, 2))
    invoice = Invoice.objects.get()
    dialog = manager.get(f"/invoices/{invoice.pk}/void/").content.decode()
    void(market, invoice)
    bill(market, date(2026, 6, 2))
    told = "billed again" in dialog or "not be billed" in dialog
    assert "2026-05-01/2026-05-31" in days_billed() or told or BillingException.objects.exists()


@pytest.mark.xfail(strict=True, reason="the usage is never billed again, unsaid")
def test_voided_usage_is_billed_again_or_told(market: Market) -> None:
    sold = subscribe(market, plan(market, "0.00", usage=("unit", [(None, "0.10")])), start=date(2026, 4, 1))
    sold.uses(date(2026, 4, 10), "1000")
    bill(market, date(2026, 5, 2))
    void(market, Invoice.objects.get(total=10000))
    bill(market, date(2026, 6, 2))
    assert Invoice.objects.exclude(status="void").filter(total=10000).exists() or BillingException.objects.exists()


def test_a_late_change_does_not_bring_back_a_part_of_it(market: Market) -> None:
    sold = subscribe(market, plan(market), start=MAY, quantity="1")
    bill(market, date(2026, 5, 2))
    void(market, Invoice.objects.get())
    bill(market, date(2026, 6, 2))
    sold.row.refresh_from_db()
    sold.change(date(2026, 5, 20), quantity="2")
    bill(market, date(2026, 6, 20))
    may = {days for days in days_billed() if "2026-05" in days}
    assert may in (set(), {"2026-05-01/2026-05-19", "2026-05-20/2026-05-31"}), may
