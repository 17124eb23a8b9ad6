"""Rows written at once break on the same guards, under the same names, as rows written one by one."""

from collections import namedtuple
from typing import Any, NamedTuple

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from core import rows
from core.errors import guard_name
from subscriptions.models import Product
from tests.factories.billing import sells
from tests.factories.world import Market

pytestmark = pytest.mark.django_db
MANY = rows.FEW + 1


class Named(NamedTuple):
    marketplace_id: int
    name: str


class Turned(NamedTuple):
    name: str
    marketplace_id: int


def test_rows_of_two_classes_are_refused(market: Market) -> None:
    mixed: list[Any] = [Named(market.marketplace.pk, "One"), Turned("Two", market.marketplace.pk)]
    with pytest.raises(TypeError, match="one class"):
        rows.insert(Product, mixed)
    assert not Product.objects.exists()


def test_what_many_rows_break_is_named_as_one_row_breaks_it(market: Market) -> None:
    one = sells(market)
    columns = [field.attname for field in Product._meta.concrete_fields if field.name != "id"]
    row: Any = namedtuple("row", columns)(*(getattr(one, name) for name in columns))
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        rows.insert(Product, [row] * MANY)
    with pytest.raises(IntegrityError) as by_hand, transaction.atomic():
        rows.insert(Product, [row])
    assert guard_name(broken.value) == guard_name(by_hand.value)


@pytest.mark.postgres
def test_what_no_column_holds_is_an_error_of_djangos(market: Market) -> None:
    with pytest.raises(DataError), transaction.atomic():
        rows.insert(Product, [Named(market.marketplace.pk, "x" * 10_000)] * MANY)
    assert connection.is_usable()
