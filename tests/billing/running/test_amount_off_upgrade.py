"""Charges of an earlier release learn what they took of amounts off, so that nothing of it is given again."""

from datetime import date
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from billing.models import Charge
from core.lifting import lifted
from invoices.models import InvoiceLine
from subscriptions.models import Discount
from tests.factories.billing import Sold, bill, order, plan, sells, subscribe
from tests.factories.world import Market

pytestmark = pytest.mark.django_db
MAY, MIDDLE = date(2026, 5, 1), date(2026, 5, 15)
PER_UNIT = ("unit", [(None, "1.00")])
HERE: Any = SimpleNamespace(connection=connection)
"""All that the migration asks of a schema editor."""


def granted(market: Market, name: str, **values: object) -> Discount:
    return Discount.objects.create(marketplace=market.marketplace, name=name, **values)


def metered(market: Market, price: str = "31.00", *, start: date = MAY, **more: Any) -> Sold:
    return subscribe(market, plan(market, price, usage=PER_UNIT, **more), quantity="1", start=start)


def discounts() -> list[int]:
    return list(InvoiceLine.objects.order_by("invoice_id", "position").values_list("discount", flat=True))


def told() -> list[list[list[object]]]:
    return [charge.how.get("off", []) for charge in Charge.objects.order_by("invoice_line_id")]


def upgrade() -> None:
    """Take away what today's release keeps beside the steps, and migrate."""
    with lifted(HERE, "charge_is_frozen", may_change={"billing_charge": ["how"]}):
        for charge in Charge.objects.all():
            Charge.objects.filter(pk=charge.pk).update(how={"steps": charge.how["steps"]})
    import_module("billing.migrations.0007_what_charges_took_off").tell(apps, HERE)


def test_usage_left_a_part_for_a_fee_in_arrears(market: Market) -> None:
    """2.00 of usage took 2.00 of 5.00 off; the fee takes 3.00 after the upgrade."""
    sold = metered(market, in_advance=False)
    granted(market, "Off", fixed=500, product=sold.row.product)
    sold.uses(date(2026, 5, 10), "2")
    bill(market, date(2026, 5, 20))
    upgrade()
    bill(market, date(2026, 6, 1))
    assert discounts() == [200, 300]


def test_an_order_took_it_for_its_month(market: Market) -> None:
    granted(market, "Off", fixed=500)
    order(market, "4.00", date(2026, 5, 10))
    bill(market, date(2026, 5, 12))
    upgrade()
    order(market, "4.00", date(2026, 5, 13))
    bill(market, date(2026, 5, 14))
    assert discounts() == [400, 100]


def test_days_after_a_change_took_it_for_their_whole_period(market: Market) -> None:
    """From 15 May; seats change on the 20th: 31.00 off is on both charges and none of it is left for usage."""
    sold = metered(market, "62.00", start=MIDDLE)
    granted(market, "Off", fixed=3100, product=sold.row.product)
    bill(market, MIDDLE)
    sold.change(date(2026, 5, 20), quantity="2")
    bill(market, date(2026, 5, 21))
    upgrade()
    sold.uses(date(2026, 5, 22), "20")
    bill(market, date(2026, 5, 23))
    assert discounts() == [3100, 2600, 0]


def test_a_period_over_the_end_of_a_month_took_it_for_the_first_month(market: Market) -> None:
    """15 May to 14 June, changed on 5 June: the charge from then on is of May, and June has its own 31.00."""
    sold = metered(market, "62.00", start=MIDDLE)
    granted(market, "Off", fixed=3100)
    bill(market, MIDDLE)
    sold.change(date(2026, 6, 5), quantity="2")
    bill(market, date(2026, 6, 6))
    upgrade()
    order(market, "40.00", date(2026, 6, 10))
    bill(market, date(2026, 6, 11))
    assert discounts() == [3100, 1000, 3100]


def test_every_charge_says_again_what_it_said(market: Market) -> None:
    """Percentages, amounts off of a product and of none, records one after the other, an order, a change of cycle."""
    first = metered(market, "1.00", in_advance=False)
    other = metered(market, "62.00", start=MIDDLE, product="Storage")
    granted(market, "Tenth", rate=Decimal("0.1"))
    granted(market, "General", fixed=300, first=MAY)
    granted(market, "Own", fixed=450, product=first.row.product, last=MAY)
    granted(market, "Later", fixed=999, product=first.row.product, first=date(2026, 6, 2))
    granted(market, "Storage", fixed=700, product=other.row.product)
    granted(market, "Not for orders", fixed=200, product=sells(market, "Setup"))
    for day, quantity in ((4, "2.50"), (6, "4"), (8, "9.99")):
        first.uses(date(2026, 5, day), quantity)
        bill(market, date(2026, 5, day))
    order(market, "7.00", date(2026, 5, 11))
    bill(market, MIDDLE)
    year = plan(market, "310", product="Storage", months=12)
    other.change(date(2026, 5, 20), quantity="3", of=year, anchor=date(2026, 5, 20))
    order(market, "8.00", date(2026, 6, 1))
    bill(market, date(2026, 6, 1))
    before = told()
    assert [len(each) for each in before if each] == [1, 2, 1, 1, 1, 1]
    upgrade()
    assert told() == before
