"""The only way to lock rows: memos by id, then invoices by id, then the number series (ADR 2)."""

from typing import TypeVar

from django.db import models, transaction

from core.errors import Missing

Row = TypeVar("Row", bound=models.Model)


class NotInTransaction(RuntimeError):
    """A lock was asked for outside a transaction, where it would hold nothing."""


def lock(queryset: models.QuerySet[Row]) -> list[Row]:
    """Lock the rows in id order and return them as they are now.

    FOR NO KEY UPDATE on PostgreSQL, so that foreign key checks of other rows don't wait; SQLite has one writer at a
    time (BEGIN IMMEDIATE) and ignores it.
    """
    connection = transaction.get_connection(queryset.db)
    if not connection.in_atomic_block:
        raise NotInTransaction("core.locking.lock needs transaction.atomic")
    no_key = connection.features.has_select_for_no_key_update
    return list(queryset.order_by("pk").select_for_update(of=("self",) if no_key else (), no_key=no_key))


def lock_one(queryset: models.QuerySet[Row]) -> Row:
    """Lock the one row that is meant and return it as it is now; raises Missing when the filters leave none.

    The filters hold the actor's marketplace, so that a stranger's id finds nothing (I20).
    """
    found = lock(queryset)
    if not found:
        raise Missing
    [row] = found
    return row
