"""Rows written at once break on the same guards, under the same names, as rows written one by one."""

import pytest
from django.db import DataError, IntegrityError, connection, transaction

from core import rows
from core.errors import guard_name
from subscriptions.models import Product
from tests.factories.billing import sells
from tests.factories.world import Market

pytestmark = pytest.mark.django_db


def test_what_copy_breaks_is_named_as_the_orm_names_it(market: Market) -> None:
    one = sells(market)
    names = tuple(field.name for field in Product._meta.concrete_fields if field.name != "id")
    row = [getattr(one, field.attname) for field in Product._meta.concrete_fields if field.name != "id"]
    with pytest.raises(IntegrityError) as broken, transaction.atomic():
        rows.copy(Product, names, [row])
    with pytest.raises(IntegrityError) as by_hand, transaction.atomic():
        rows.insert(Product, names, [row])
    assert guard_name(broken.value) == guard_name(by_hand.value)


@pytest.mark.postgres
def test_what_no_column_holds_is_an_error_of_djangos(market: Market) -> None:
    with pytest.raises(DataError), transaction.atomic():
        rows.copy(Product, ("marketplace", "name"), [[market.marketplace.pk, "x" * 10_000]])
    assert connection.is_usable()
