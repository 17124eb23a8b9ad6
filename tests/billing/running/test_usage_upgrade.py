"""Counts of usage that were kept by terms become one count by plan, and what was charged stays charged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from pytest_django.plugin import DjangoDbBlocker

from billing.models import BillingEvent, Credit, Metered
from core.installation import drop
from core.origins import ours
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from tests.factories.billing import Sold, bill, event, order, plan, subscribe
from tests.factories.world import make_market
from tests.support import databases
from tests.support.books import assert_books_balance
from tests.support.databases import Template

BEFORE = ("billing", "0001_initial")
pytestmark = pytest.mark.slow
Credits = list[tuple[str, int, bool]]


@dataclass(frozen=True)
class Upgraded:
    """What was sold before, by test, and the credits as they were."""

    sold: dict[str, Sold]
    credits: Credits


def sold(name: str) -> Sold:
    """80 units under one seat, and from the 15th another number of seats of the same plan."""
    market = make_market(name)
    tiers = ("tiered", [("100", "1.00"), (None, "0.50")])
    found = subscribe(market, plan(market, "0.00", usage=tiers), start=date(2026, 4, 1), quantity="1")
    found.change(date(2026, 4, 15), quantity="2")
    found.uses(date(2026, 4, 10), "80")
    bill(market, date(2026, 5, 2))
    return found


def with_credits() -> tuple[Sold, Credits]:
    """Credits of usage, of days and of an order, as they were before."""
    found = sold("credits")
    found.uses(date(2026, 4, 20), "-30")
    days = subscribe(found.market, plan(found.market, product="Storage"), start=date(2026, 5, 1), quantity="2")
    order(found.market, "5.00", date(2026, 5, 1), quantity="4", name="order")
    bill(found.market, date(2026, 5, 3))
    days.cancel(date(2026, 5, 9))
    event(found.market, "correction", date(2026, 5, 4), quantity="-1", source_key="order")
    bill(found.market, date(2026, 5, 9))
    return found, credits_of(found)


def credits_of(found: Sold) -> Credits:
    """Key, how much it undoes, and whether it belongs to the subscription's count."""
    rows = Credit.objects.filter(marketplace=found.market.marketplace).select_related("counted")
    return sorted((row.key, row.undone, row.counted == count_of(found)) for row in rows)


def as_it_was(kept: Iterable[tuple[Sold, tuple[str, ...]]]) -> None:
    """Go back to a count for each terms, with these quantities, and come forward again."""
    BillingEvent.objects.update(counted=None)
    Metered.objects.all().delete()
    call_command("migrate", *BEFORE, verbosity=0)
    drop(
        connection, [guard for guard in ours(connection) if guard.kind == "trigger"]
    )  # They know columns that are gone.
    old: Any = MigrationExecutor(connection).loader.project_state([BEFORE]).apps.get_model("billing", "Metered")
    for found, quantities in kept:
        for terms, quantity in zip(found.row.terms.order_by("position"), quantities, strict=False):
            old.objects.create(
                subscription_id=found.row.pk, terms_id=terms.pk, period_first=date(2026, 4, 1),
                quantity=Decimal(quantity),
            )  # fmt: skip
    call_command("migrate", verbosity=0)


@pytest.fixture(scope="module")
def upgraded(django_db_setup: None, template: Template, django_db_blocker: DjangoDbBlocker) -> Iterator[Upgraded]:
    """A marketplace for each test, all migrated at once."""
    with django_db_blocker.unblock(), databases.using(template, template.copy()):
        kept = {"sums": ("80", "70.5"), "next": ("80",), "below": ("80", "-90")}
        found = {name: sold(name) for name in kept}
        found["credits"], before = with_credits()
        as_it_was([(found[name], quantities) for name, quantities in {**kept, "credits": ("50",)}.items()])
        yield Upgraded(found, before)


def count_of(found: Sold) -> Metered:
    """The one count of a subscription."""
    return Metered.objects.get(subscription=found.row)


def nets(found: Sold, model: type[Invoice | CreditMemo]) -> list[int]:
    return sorted(model.objects.filter(marketplace=found.market.marketplace).values_list("net", flat=True))


def test_counts_of_a_plan_are_added_up(upgraded: Upgraded) -> None:
    count, terms = count_of(upgraded.sold["sums"]), upgraded.sold["sums"].row.terms.get(position=1)
    assert (count.plan_id, count.period_first, count.quantity) == (terms.plan_id, date(2026, 4, 1), Decimal("150.5"))
    assert (count.taken, count.credited, count.discount) == (Decimal(0), 0, 0)


def test_the_next_record_costs_the_whole_count_less_what_was_charged(upgraded: Upgraded) -> None:
    """80 units were charged with 80.00 and counted; 20 more units reach 100: 20.00."""
    found = upgraded.sold["next"]
    found.uses(date(2026, 4, 20), "20")
    bill(found.market, date(2026, 6, 2))
    assert nets(found, Invoice) == [2000, 8000]
    assert_books_balance()


def test_what_was_given_below_zero_is_not_given_twice(upgraded: Upgraded) -> None:
    """80.00 was charged, 90.00 credited without a charge: -10 units are left, and five more of them credit 5.00."""
    found, count = upgraded.sold["below"], count_of(upgraded.sold["below"])
    assert (count.quantity, count.taken, count.credited) == (Decimal(-10), Decimal(90), 9000)
    found.uses(date(2026, 4, 20), "-5")
    bill(found.market, date(2026, 6, 2))
    assert nets(found, CreditMemo) == [500]
    assert_books_balance()


def test_records_and_credits_say_again_where_they_belong(upgraded: Upgraded) -> None:
    """A record is in its count; credits of usage, of days and of an order say how much they undo."""
    found = upgraded.sold["credits"]
    assert sorted(undone for _, undone, _ in upgraded.credits) == [22, 3000, 1_000_000]
    assert credits_of(found) == upgraded.credits
    records = BillingEvent.objects.filter(kind="usage", subscription=found.row)
    assert set(records.values_list("counted", flat=True)) == {count_of(found).pk}
