"""An amount off a period is given once: for a subscription over fee and usage, without a product once for an account."""

from datetime import date

import pytest

from billing.operations.voiding import Then, void_invoice
from invoices.models import Invoice, InvoiceLine
from subscriptions.models import Discount
from tests.factories.billing import Sold, bill, moment, order, plan, subscribe
from tests.factories.world import Market

pytestmark = pytest.mark.django_db
MAY, JUNE, JULY = date(2026, 5, 1), date(2026, 6, 1), date(2026, 7, 1)
PER_UNIT = ("unit", [(None, "1.00")])


def off(market: Market, amount: int = 500, *, of: Sold | None = None) -> Discount:
    product = of.row.product if of else None
    return Discount.objects.create(marketplace=market.marketplace, name="Off", fixed=amount, product=product)


def metered(market: Market, price: str, *, product: str = "Mail Suite", **more: object) -> Sold:
    return subscribe(market, plan(market, price, usage=PER_UNIT, product=product), quantity="1", start=MAY, **more)  # type: ignore[arg-type]


def discounts(sold: Sold | None = None) -> list[int]:
    lines = InvoiceLine.objects.order_by("invoice_id", "position")
    if sold:
        lines = lines.filter(subscription_uuid=sold.row.uuid)
    return list(lines.values_list("discount", flat=True))


def test_the_fee_takes_it_whole_and_later_usage_nothing(market: Market) -> None:
    sold = metered(market, "31.00")
    off(market, of=sold)
    bill(market, MAY)
    sold.uses(date(2026, 5, 10), "20")
    bill(market, date(2026, 5, 20))
    assert discounts() == [500, 0]


def test_usage_takes_what_the_fee_left_however_often_it_is_billed(market: Market) -> None:
    """A fee of 3.00 leaves 2.00: 1.50 for the first record, 0.50 for the second, nothing for the third."""
    sold = metered(market, "3.00")
    off(market, of=sold)
    bill(market, MAY)
    for day, quantity in ((10, "1.50"), (12, "8"), (14, "8")):
        sold.uses(date(2026, 5, day), quantity)
        bill(market, date(2026, 5, day))
    assert discounts() == [300, 150, 50, 0]
    bill(market, JUNE)
    assert discounts()[-1] == 300  # A new period has its own.


def test_usage_first_then_a_fee_in_arrears(market: Market) -> None:
    sold = subscribe(market, plan(market, "31.00", usage=PER_UNIT, in_advance=False), quantity="1", start=MAY)
    off(market, of=sold)
    sold.uses(date(2026, 5, 10), "2")
    bill(market, date(2026, 5, 20))
    bill(market, JUNE)
    assert discounts() == [200, 300]


def test_a_change_in_the_period_keeps_it_whole(market: Market) -> None:
    """31.00 off, given back with the days that end and taken again by those that begin: nothing is left for usage."""
    sold = metered(market, "62.00")
    off(market, 3100, of=sold)
    bill(market, MAY)
    sold.change(date(2026, 5, 5), quantity="2")
    bill(market, date(2026, 5, 6))
    sold.uses(date(2026, 5, 10), "20")
    bill(market, date(2026, 5, 20))
    assert discounts() == [3100, 2700, 0]


@pytest.mark.parametrize(("then", "taken"), [(Then.NEVER, [500]), (Then.AGAIN, [300, 200])])
def test_voiding_gives_it_back(market: Market, then: Then, taken: list[int]) -> None:
    """A period that is never billed leaves all of it to usage; one that is billed again takes it again."""
    sold = metered(market, "3.00")
    off(market, of=sold)
    bill(market, MAY)
    first = Invoice.objects.get()
    void_invoice(invoice=first, reason="Wrong", actor=market.actor(), now=moment(MAY), then=then)
    sold.uses(date(2026, 5, 10), "20")
    bill(market, date(2026, 5, 20))
    lines = InvoiceLine.objects.exclude(invoice=first).order_by("invoice_id", "position")
    assert list(lines.values_list("discount", flat=True)) == taken


def test_without_a_product_once_for_an_account_and_month(market: Market) -> None:
    """Two subscriptions, their usage and an order share 5.00; another company has its own."""
    first, second = metered(market, "2.00"), metered(market, "1.00", product="Storage")
    other = metered(market, "31.00", product="Other", company=market.birch)
    off(market)
    bill(market, MAY)
    assert (sum(discounts(first)), sum(discounts(second)), sum(discounts(other))) == (200, 100, 500)
    first.uses(date(2026, 5, 10), "1")
    order(market, "10.00", date(2026, 5, 11))
    bill(market, date(2026, 5, 20))
    second.uses(date(2026, 5, 21), "9")
    bill(market, date(2026, 5, 22))
    acme = InvoiceLine.objects.filter(invoice__payer=market.acme)
    assert sum(line.discount for line in acme) == 500
    bill(market, JUNE)
    assert (sum(discounts(first)), sum(discounts(second)), sum(discounts(other))) == (200 + 100 + 200, 200, 1000)
