"""The only way to lock rows: memos by id, then invoices by id, then the number series (ADR 2)."""

from collections.abc import Iterable
from typing import TypeVar

from django.db import connection, models

from core.errors import Missing
from core.prepared import by_ids

Row = TypeVar("Row", bound=models.Model)


class NotInTransaction(RuntimeError):
    """A lock was asked for outside a transaction, where it would hold nothing."""


def lock(queryset: models.QuerySet[Row]) -> list[Row]:
    """Lock the rows in id order and return them as they are now.

    FOR NO KEY UPDATE on PostgreSQL, so that foreign key checks of other rows don't wait; SQLite has one writer at a
    time (BEGIN IMMEDIATE) and ignores it.
    """
    _check_transaction()
    return list(_locked(queryset))


def lock_ids(rows: models.QuerySet[Row], ids: Iterable[int], *, marketplace_id: int) -> list[Row]:
    """Lock a marketplace's rows with these ids as ``lock`` does, then read them as ``rows`` says.

    A statement that only locks, then one that only reads: the lock is plain SQL on one table, and what is read beside
    it (joins, fields left out) can be prepared and holds nothing.
    """
    _check_transaction()
    wanted = sorted(ids)
    if connection.features.has_select_for_update:
        table = connection.ops.quote_name(rows.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT id FROM {table} WHERE id = ANY(%s) AND marketplace_id = %s"
                f" ORDER BY id FOR NO KEY UPDATE OF {table}",
                [wanted, marketplace_id],
            )
    return by_ids(rows, wanted, marketplace_id=marketplace_id)


def claim(queryset: models.QuerySet[Row], most: int) -> list[Row]:
    """Lock up to ``most`` rows, the first by id that nobody else holds, and return them as they are now."""
    _check_transaction()
    skip = connection.features.has_select_for_update_skip_locked
    return list(_locked(queryset, skip=skip)[:most])


def take_turns(*what: object) -> None:
    """Let one transaction at a time go on for the same ``what``, until it ends.

    For a sum over rows that may not be there yet, which no lock of rows can hold. Taken after the rows and before the
    number series. SQLite has one writer at a time anyway.
    """
    _check_transaction()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [" ".join(map(str, what))])


def _check_transaction() -> None:
    if not connection.in_atomic_block:
        raise NotInTransaction("core.locking needs transaction.atomic")


def _locked(queryset: models.QuerySet[Row], *, skip: bool = False) -> models.QuerySet[Row]:
    no_key = connection.features.has_select_for_no_key_update
    own = ("self",) if no_key else ()
    return queryset.order_by("pk").select_for_update(of=own, no_key=no_key, skip_locked=skip)


def lock_one(queryset: models.QuerySet[Row]) -> Row:
    """Lock the one row that is meant and return it as it is now; raises Missing when the filters leave none.

    The filters hold the actor's marketplace, so that a stranger's id finds nothing (I20).
    """
    found = lock(queryset)
    if not found:
        raise Missing
    [row] = found
    return row
