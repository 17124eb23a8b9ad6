"""What went back twice is owed: it counts against the limit, and the list of money on account shows the payment."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from limits.operations.weighing import exposure_now, scale_of
from limits.queries.exposure import Asked, own, rows_of
from limits.queries.near import standings
from payments.models import Payment
from payments.operations import fail_refund, return_payment
from tests.factories.limits import limited
from tests.factories.payments import receive
from tests.factories.refunds import given_back
from tests.factories.world import NOW, TODAY, Market, key
from tests.support.visits import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment(market: Market) -> Payment:
    return receive(market, 100_00, keep_on_account=True)


def taken(market: Market, payment: Payment, amount: int) -> None:
    """A bank takes it back."""
    return_payment(
        payment=payment, amount=amount, reason="bank_return", value_date=TODAY, actor=market.actor(), now=NOW, key=key()
    )


def counted(market: Market) -> tuple[int, int, list[int]]:
    """What counts as money on account, the whole sum, and the rows of the list."""
    scale = scale_of(market.acme.pk, market.marketplace.pk, now=NOW, locked=False)
    exposure, _together = exposure_now(scale)
    rows = rows_of("on_account", Asked(own(market.acme.pk), NOW, scale.through))
    return exposure.on_account, exposure.total, [row.counts for row in rows.order_by("pk")]


def test_what_went_back_twice_counts_against_the_limit(market: Market, payment: Payment) -> None:
    given_back(market, payment, 30_00)
    assert counted(market) == (70_00, -70_00, [70_00])
    taken(market, payment, 70_00)
    assert counted(market) == (0, 0, [])
    taken(market, payment, 30_00)
    assert counted(market) == (-30_00, 30_00, [-30_00])
    receive(market, 12_00, keep_on_account=True)
    assert counted(market) == (-18_00, 18_00, [-30_00, 12_00])
    limited(market, 20_00)
    assert standings(market.marketplace.settings, now=NOW)[market.acme.pk].exposure == 18_00


def test_what_is_on_its_way_back_and_was_taken_back_counts_until_it_fails(market: Market, payment: Payment) -> None:
    refund = given_back(market, payment, 60_00, is_pending=True)
    taken(market, payment, 100_00)
    assert counted(market) == (-60_00, 60_00, [-60_00])
    fail_refund(refund=refund, why="Stopped", actor=market.actor(), now=NOW)
    assert counted(market) == (0, 0, [])


def test_panel_and_list_show_it(market: Market, payment: Payment) -> None:
    given_back(market, payment, 30_00)
    taken(market, payment, 100_00)
    manager: Client = client_of(market.people["manager"])
    address = reverse("limits:addend", args=[market.acme.pk, "on_account"])
    panel = manager.get(reverse("limits:panel", args=[market.acme.pk])).content.decode()
    assert address in panel
    assert "€30.00" in panel
    rows = manager.get(address).content.decode()
    assert payment.name in rows
    assert "(€30.00)" in rows


@pytest.mark.skipif(connection.vendor != "postgresql", reason="Plans are PostgreSQL's.")
def test_the_list_is_read_from_the_index_of_open_payments(market: Market) -> None:
    rows = Payment.objects.filter(account=market.account()).counting()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "payment_open" in rows.order_by().values("pk").explain()
