"""What `migrate` does around Django's: one at a time on a database, and guards that a failure does not take away."""

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import DatabaseError

from core.origins import ours

KEY = 0x0FF5E7
"""Of the advisory lock; one for each database, as PostgreSQL's advisory locks are."""
PAUSE = 0.5
"""Seconds between two tries."""
WAITING = "Another migrate is at work on this database; waiting for its end."


@contextmanager
def one_at_a_time(connection: BaseDatabaseWrapper, tell: Callable[[str], object]) -> Iterator[None]:
    """Hold the database's turn to migrate; `tell` that another one is waited for.

    On PostgreSQL an advisory lock, on SQLite a lock on a file in the data folder: both end with the process.
    """
    hold = _advisory if connection.vendor == "postgresql" else _file
    with hold(connection, tell):
        yield


@contextmanager
def _advisory(connection: BaseDatabaseWrapper, tell: Callable[[str], object]) -> Iterator[None]:
    def ask(function: str) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [KEY])
            return bool(cursor.fetchone()[0])

    has_told = False
    while not ask("pg_try_advisory_lock"):  # Not a wait in the server: our sessions give up on locks after 3 s.
        if not has_told:
            tell(WAITING)
        has_told = True
        time.sleep(PAUSE)
    try:
        yield
    finally:
        if connection.is_usable():
            ask("pg_advisory_unlock")


@contextmanager
def _file(_connection: BaseDatabaseWrapper, tell: Callable[[str], object]) -> Iterator[None]:
    Path(settings.DATA_DIR).mkdir(parents=True, exist_ok=True)
    with Path(settings.DATA_DIR, "migrate.lock").open("w") as turn:
        try:
            fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            tell(WAITING)
            fcntl.flock(turn, fcntl.LOCK_EX)
        yield


@contextmanager
def guards_kept(connection: BaseDatabaseWrapper, tell: Callable[[str], object]) -> Iterator[None]:
    """Put the guards back that stood before, when migrating fails; `tell` those whose table is no more.

    Only SQLite takes them out at all (`core.installation.before_migrate`).
    """
    stood = _standing(connection) if connection.vendor == "sqlite" else {}
    try:
        yield
    except BaseException:
        _bring_back(connection, stood, tell)
        raise


def _standing(connection: BaseDatabaseWrapper) -> dict[str, str]:
    names = {guard.name for guard in ours(connection)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: sql for name, sql in cursor.fetchall() if name in names}


def _bring_back(connection: BaseDatabaseWrapper, stood: dict[str, str], tell: Callable[[str], object]) -> None:
    left = _standing(connection).keys() if stood else ()
    for name, sql in stood.items():
        if name in left:
            continue
        try:
            with transaction.atomic(connection.alias), connection.cursor() as cursor:
                cursor.execute(sql)
        except DatabaseError as error:
            tell(f"The guard {name} could not be put back: {error}")
