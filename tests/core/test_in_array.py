"""Looking many values up at once gives what ``__in`` gives, in one parameter on PostgreSQL."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from companies.models import Company
from core.in_array import among
from tests.factories.world import Market

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["pk", "uuid", "name", "reseller_id"])
def test_it_finds_what_in_finds(market: Market, name: str) -> None:
    values = [value for value in Company.objects.values_list(name, flat=True)[:3] if value is not None]
    found = Company.objects.filter(among(name, values)).order_by("pk")
    assert list(found) == list(Company.objects.filter(**{f"{name}__in": values}).order_by("pk"))


def test_texts_are_taken_as_they_are(market: Market) -> None:
    assert not Company.objects.filter(among("name", ["{Acme}", 'a"b', "a,b", "", "%s", "\\"])).exists()


def test_of_nothing_nobody_is_asked(market: Market) -> None:
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert list(Company.objects.filter(among("uuid", []))) == []
    assert not asked


def test_thousands_of_values(market: Market) -> None:
    names = [f"name {number}" for number in range(5_000)]
    assert Company.objects.filter(among("name", [*names, market.acme.name])).get() == market.acme
