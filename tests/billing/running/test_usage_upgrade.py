"""Counts of usage that were kept by terms become one count by plan, and what was charged stays charged."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from billing.models import BillingEvent, Credit, Metered
from core.installation import drop
from core.origins import ours
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import Sold, bill, event, order, plan, subscribe
from tests.factories.world import make_market
from tests.support.databases import Copy

BEFORE = ("billing", "0001_initial")
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed_db")]


def sold() -> Sold:
    """80 units under one seat, and from the 15th another number of seats of the same plan."""
    market = make_market("upgrade")
    tiers = ("tiered", [("100", "1.00"), (None, "0.50")])
    found = subscribe(market, plan(market, "0.00", usage=tiers), start=date(2026, 4, 1), quantity="1")
    found.change(date(2026, 4, 15), quantity="2")
    found.uses(date(2026, 4, 10), "80")
    bill(market, date(2026, 5, 2))
    return found


def as_it_was(found: Sold, *quantities: str) -> None:
    """Go back to a count for each terms, with these quantities, and come forward again."""
    BillingEvent.objects.update(counted=None)
    Metered.objects.all().delete()
    call_command("migrate", *BEFORE, verbosity=0)
    drop(
        connection, [guard for guard in ours(connection) if guard.kind == "trigger"]
    )  # They know columns that are gone.
    old: Any = MigrationExecutor(connection).loader.project_state([BEFORE]).apps.get_model("billing", "Metered")
    for terms, quantity in zip(found.row.terms.order_by("position"), quantities, strict=False):
        old.objects.create(
            subscription_id=found.row.pk, terms_id=terms.pk, period_first=date(2026, 4, 1), quantity=Decimal(quantity)
        )
    call_command("migrate", verbosity=0)


def test_counts_of_a_plan_are_added_up(committed_db: Copy) -> None:
    found = sold()
    as_it_was(found, "80", "70.5")
    [count] = Metered.objects.all()
    terms = found.row.terms.get(position=1)
    assert (count.plan_id, count.period_first, count.quantity) == (terms.plan_id, date(2026, 4, 1), Decimal("150.5"))
    assert (count.taken, count.credited, count.discount) == (Decimal(0), 0, 0)


def test_the_next_record_costs_the_whole_count_less_what_was_charged(committed_db: Copy) -> None:
    """80 units were charged with 80.00 and counted; 20 more units reach 100: 20.00."""
    found = sold()
    as_it_was(found, "80")
    found.uses(date(2026, 4, 20), "20")
    bill(found.market, date(2026, 6, 2))
    assert sorted(Invoice.objects.values_list("net", flat=True)) == [2000, 8000]


def test_what_was_given_below_zero_is_not_given_twice(committed_db: Copy) -> None:
    """80.00 was charged, 90.00 credited without a charge: -10 units are left, and five more of them credit 5.00."""
    found = sold()
    as_it_was(found, "80", "-90")
    [count] = Metered.objects.all()
    assert (count.quantity, count.taken, count.credited) == (Decimal(-10), Decimal(90), 9000)
    found.uses(date(2026, 4, 20), "-5")
    bill(found.market, date(2026, 6, 2))
    assert list(CreditMemo.objects.values_list("net", flat=True)) == [500]


def test_records_and_credits_say_again_where_they_belong(committed_db: Copy) -> None:
    """A record is in its count; credits of usage, of days and of an order say how much they undo."""
    found = sold()
    found.uses(date(2026, 4, 20), "-30")
    days = subscribe(found.market, plan(found.market, product="Storage"), start=date(2026, 5, 1), quantity="2")
    order(found.market, "5.00", date(2026, 5, 1), quantity="4", name="order")
    bill(found.market, date(2026, 5, 3))
    days.cancel(date(2026, 5, 9))
    event(found.market, "correction", date(2026, 5, 4), quantity="-1", source_key="order")
    bill(found.market, date(2026, 5, 9))
    before = sorted(Credit.objects.values_list("key", "undone", "counted"))
    assert sorted(undone for _, undone, _ in before) == [22, 3000, 1_000_000]
    as_it_was(found, "50")
    assert sorted(Credit.objects.values_list("key", "undone", "counted")) == before
    count = Metered.objects.get()
    assert set(BillingEvent.objects.filter(kind="usage").values_list("counted", flat=True)) == {count.pk}
