"""Puts the guards into the database when migrations are done, and takes out those of ours that no file names any more.

All are installed in one transaction, in the turn of the core app, which comes first: whatever was migrated, every table
is there by then.
"""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

from core.guarding import guard_sql, statements
from core.origins import Guard, left_over, ours

# In this order: a function goes after the triggers that call it.
_DROP = {
    "trigger": 'DROP TRIGGER "{name}" ON "{on}"',
    "constraint": 'ALTER TABLE "{on}" DROP CONSTRAINT "{name}"',
    "function": "DROP FUNCTION {on}",
}


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the database's guards those of the files, all or nothing; running it again changes nothing."""
    with transaction.atomic(connection.alias), connection.cursor() as cursor:
        drop(connection, ours(connection) if connection.vendor == "sqlite" else left_over(connection))
        for sql in _files(connection.vendor):
            cursor.execute(sql)


def drop(connection: BaseDatabaseWrapper, guards: Iterable[Guard]) -> None:
    """Take guards out."""
    with connection.cursor() as cursor:
        for guard in sorted(guards, key=lambda each: list(_DROP).index(each.kind)):
            text = _DROP[guard.kind] if guard.on else 'DROP TRIGGER "{name}"'
            cursor.execute(text.format(name=guard.name, on=guard.on))


def _files(vendor: str) -> Iterator[str]:
    for config in apps.get_app_configs():
        sql = guard_sql(config, vendor)
        if sql:
            yield from statements(sql) if vendor == "sqlite" else [sql]


def after_migrate(using: str, **_kwargs: object) -> None:
    """Receiver of post_migrate for the core app: once every migration is applied, as a guard may be of any table.

    Half way, in either direction, nobody serves on the database (`core.versions`).
    """
    connection = connections[using]
    known = MigrationLoader(connection)
    if known.disk_migrations.keys() <= known.applied_migrations.keys():
        install(connection)


def before_migrate(using: str, **_kwargs: object) -> None:
    """Receiver of pre_migrate for the core app: SQLite rebuilds tables, which must not meet a trigger half way.

    Neither one of the files nor one that an older release made under another name.
    """
    connection = connections[using]
    if connection.vendor == "sqlite":
        with transaction.atomic(using):
            drop(connection, ours(connection))
