"""The one way to lock: inside a transaction, in id order, and without stopping those who only refer to a row."""

from functools import partial
from threading import Event

import pytest
from django.db import connection, transaction
from django.db.utils import OperationalError
from django.test.utils import CaptureQueriesContext

from companies.models import Company, Marketplace
from core.errors import Missing
from core.locking import NotInTransaction, lock, lock_one
from tests.factories.companies import CompanyFactory, MarketplaceFactory
from tests.support.databases import Copy
from tests.support.threads import together


@pytest.fixture
def north(db: None) -> Marketplace:
    made: Marketplace = MarketplaceFactory.create()
    return made


def test_rows_come_in_id_order_whatever_was_asked(north: Marketplace) -> None:
    made = [CompanyFactory.create(marketplace=north, name=name) for name in "CAB"]
    found = lock(Company.objects.filter(pk__in=[row.pk for row in reversed(made)]).order_by("name"))
    assert found == made


def test_they_are_read_as_they_are_now(north: Marketplace) -> None:
    company = CompanyFactory.create(marketplace=north, name="Before")
    Company.objects.filter(pk=company.pk).update(name="After", search_key="after")
    assert [row.name for row in lock(Company.objects.filter(pk=company.pk))] == ["After"]


def test_one_row_is_found_or_missing(north: Marketplace) -> None:
    company = CompanyFactory.create(marketplace=north)
    assert lock_one(Company.objects.filter(pk=company.pk)) == company
    with pytest.raises(Missing) as caught:
        lock_one(Company.objects.filter(pk=company.pk, marketplace_id=north.pk + 1))
    assert caught.value.message == "This document does not exist."


def test_several_rows_where_one_was_meant_are_a_mistake(north: Marketplace) -> None:
    CompanyFactory.create_batch(2, marketplace=north)
    with pytest.raises(ValueError, match="too many values"):
        lock_one(Company.objects.filter(marketplace=north))


def test_outside_a_transaction_it_would_hold_nothing(committed_db: Copy) -> None:
    with pytest.raises(NotInTransaction):
        lock(Company.objects.all())


@pytest.mark.postgres
def test_the_statement_locks_its_own_rows_without_their_keys(north: Marketplace) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        lock(Company.objects.select_related("marketplace", "parent").filter(marketplace=north))
    [statement] = [query["sql"] for query in queries]
    assert statement.endswith('ORDER BY "companies_company"."id" ASC FOR NO KEY UPDATE OF "companies_company"')


@transaction.atomic
def lock_at_once(pk: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '200ms'")
    lock_one(Company.objects.filter(pk=pk))


@pytest.mark.postgres
@pytest.mark.race
def test_who_refers_to_a_locked_row_does_not_wait_and_who_locks_it_does(committed_db: Copy) -> None:
    parent = CompanyFactory.create(marketplace=MarketplaceFactory.create())
    held, done = Event(), Event()

    def hold() -> str:
        with transaction.atomic():
            lock_one(Company.objects.filter(pk=parent.pk))
            held.set()
            assert done.wait(20)
        return "held"

    def refer() -> str:
        assert held.wait(20)
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '200ms'")
                CompanyFactory.create(marketplace=parent.marketplace, parent=parent)
            with pytest.raises(OperationalError, match="lock timeout"):
                lock_at_once(parent.pk)
        finally:
            done.set()
        return "referred"

    assert together([hold, refer]) == ["held", "referred"]


def raise_name(pk: int) -> None:
    with transaction.atomic():
        row = lock_one(Company.objects.filter(pk=pk))
        row.name = str(int(row.name) + 1)
        row.save(update_fields=["name", "search_key"])


@pytest.mark.race
def test_nobody_overwrites_what_another_one_changed(committed_db: Copy) -> None:
    company = CompanyFactory.create(marketplace=MarketplaceFactory.create(), name="0")
    assert together([partial(raise_name, company.pk)] * 8) == [None] * 8
    company.refresh_from_db()
    assert company.name == "8"


@pytest.mark.postgres
@pytest.mark.race
def test_without_the_lock_changes_are_lost(committed_db: Copy) -> None:
    company = CompanyFactory.create(marketplace=MarketplaceFactory.create(), name="0")
    first_read, second_done = Event(), Event()

    def slow() -> None:
        with transaction.atomic():
            row = Company.objects.get(pk=company.pk)
            first_read.set()
            assert second_done.wait(20)
            row.name = str(int(row.name) + 1)
            row.save(update_fields=["name", "search_key"])

    def quick() -> None:
        assert first_read.wait(20)
        raise_name(company.pk)
        second_done.set()

    assert together([slow, quick]) == [None, None]
    company.refresh_from_db()
    assert company.name == "1"
