"""Usage: counted once however often it is tried, and priced by the period's whole quantity whatever happens to the seats."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from billing.models import Metered
from billing.operations import running
from billing.operations.voiding import Then, void_invoice
from invoices.models import Invoice
from tests.factories.billing import Tiers, bill, plan, subscribe
from tests.factories.world import NOW, Market
from tests.support.outbox import drain

APRIL = date(2026, 4, 1)


def test_a_record_that_failed_is_not_counted_again_when_it_is_retried(market: Market) -> None:
    """150 rated, their invoice voided for good, -50 fails for want of a charge, is retried twice, then +50 is charged.

    100 -> 150 units cost 25.00 in the second tier.
    """
    sold = subscribe(market, plan(market, "0.00", usage=("tiered", [("100", "1.00"), (None, "0.50")])), start=APRIL)
    sold.uses(date(2026, 4, 10), "150")
    bill(market, date(2026, 5, 2))
    invoice = Invoice.objects.get(total=12500)
    void_invoice(invoice=invoice, reason="Wrong", actor=market.actor(), now=NOW + timedelta(days=1), then=Then.NEVER)
    record = sold.uses(date(2026, 4, 11), "-50")
    bill(market, date(2026, 6, 2))
    record.refresh_from_db()
    assert record.status == "failed"
    counted = [Metered.objects.get().quantity]
    for _ in range(2):
        at = datetime(2026, 6, 2, 13, tzinfo=UTC)
        running.retry_events(event_ids=[record.pk], actor=market.actor(), now=at)
        drain(at, topic="billing.run.turn")
        counted.append(Metered.objects.get().quantity)
    assert len(set(counted)) == 1, counted


@pytest.mark.parametrize(("tiers", "owed"), [([("100", "1.00"), (None, "0.50")], 13000)])
@pytest.mark.parametrize("changes", [0, 1, 2])
def test_another_number_of_seats_does_not_begin_the_tiers_again(
    market: Market, tiers: Tiers, owed: int, changes: int
) -> None:
    """160 units in April under one plan."""
    sold = subscribe(market, plan(market, "0.00", usage=("tiered", tiers)), start=APRIL, quantity="1")
    for number in range(changes):
        sold.change(date(2026, 4, 12 + number), quantity=str(2 + number))
    sold.uses(date(2026, 4, 10), "80")
    sold.uses(date(2026, 4, 20), "80")
    bill(market, date(2026, 5, 2))
    assert sum(Invoice.objects.values_list("net", flat=True)) == owed
    assert sum((row.quantity for row in Metered.objects.all()), Decimal(0)) == 160
