"""Lets a migration change rows that guards keep as they are, and proves that it changed nothing else.

On PostgreSQL the guards of the release before stand while migrations run; on SQLite they are out already, unless a
migration is run by itself. Both go through ``lifted``:

    def tell_what_credits_count_as(apps, schema_editor):
        triggers = ("i13_credit_rows", "i13_credit_update")  # on PostgreSQL, on SQLite
        with lifted(schema_editor, *triggers, may_change={"billing_credit": ["counts_as"]}):
            apps.get_model("billing", "Credit").objects.update(counts_as="time")
"""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_CHUNK = 2000  # rows at a time
_STANDING = """
SELECT t.tgname, c.relname, CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END
FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
    AND t.tgname = ANY(%s)
"""
_NOT_OWNED = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(%s)
    AND NOT pg_has_role(current_user, c.relowner, 'USAGE')
"""


class CannotLift(RuntimeError):
    """The guards may not be lifted here; the text says why."""


class ChangedMore(RuntimeError):
    """A migration changed more of guarded rows than it said; it is taken back as a whole."""


class Lifted(NamedTuple):
    """A trigger that was standing: its table, and the statements that take it away and bring it back."""

    table: str
    away: str
    back: str


@contextmanager
def lifted(
    schema_editor: BaseDatabaseSchemaEditor, *triggers: str, may_change: Mapping[str, Collection[str]]
) -> Iterator[None]:
    """Lift the named triggers inside the migration's transaction, and put them back.

    ``may_change`` says for each guarded table which columns may change; rows and all other columns stay as they are.
    An engine that has no trigger of a name passes over it, so name those of both. Raises CannotLift outside a
    transaction, for a role that does not own the tables and for a trigger on a table that ``may_change`` leaves out;
    raises ChangedMore, and nothing is changed, when rows came, went or are not the same in the other columns.
    """
    connection = schema_editor.connection
    if not connection.in_atomic_block:
        raise CannotLift("guards are lifted inside a transaction: the migration must be atomic")
    _check_owner(connection, list(may_change))
    with transaction.atomic(connection.alias):  # What fails brings the triggers back by rolling back.
        found = _installed(connection, list(triggers))
        unsaid = sorted({each.table for each in found} - may_change.keys())
        if unsaid:
            raise CannotLift(f"may_change says nothing about {', '.join(unsaid)}, whose triggers would be lifted")
        before = {table: _digest(connection, table, but) for table, but in may_change.items()}
        _run(connection, [each.away for each in found])
        yield
        _check_same(connection, before, may_change)
        _run(connection, [each.back for each in found])


def _check_owner(connection: BaseDatabaseWrapper, tables: list[str]) -> None:
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(_NOT_OWNED, [tables])
        others = sorted(table for (table,) in cursor.fetchall())
    if others:
        raise CannotLift(
            f"this role does not own {', '.join(others)}: run migrate as the owner, whom DATABASE_OWNER_URL names"
        )


def _installed(connection: BaseDatabaseWrapper, names: list[str]) -> list[Lifted]:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_STANDING, [names])
            words = 'ALTER TABLE "{on}" {word} TRIGGER "{name}"'
            return [
                Lifted(on, words.format(on=on, word="DISABLE", name=name), words.format(on=on, word=word, name=name))
                for name, on, word in cursor.fetchall()
            ]
        cursor.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        return [Lifted(on, f'DROP TRIGGER "{name}"', sql) for name, on, sql in cursor.fetchall() if name in names]


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    """Run them, first the checks that wait for the commit: PostgreSQL alters no table while any is open."""
    if connection.vendor == "postgresql":
        connection.check_constraints()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def _check_same(
    connection: BaseDatabaseWrapper, before: dict[str, tuple[int, str]], may_change: Mapping[str, Collection[str]]
) -> None:
    for table, (count, digest) in before.items():
        now, then = _digest(connection, table, may_change[table])
        if now != count:
            raise ChangedMore(f"{table} had {count} rows and has {now}")
        if then != digest:
            raise ChangedMore(f"{table} changed in more than {', '.join(may_change[table]) or 'nothing'}")


def _digest(connection: BaseDatabaseWrapper, table: str, but: Collection[str]) -> tuple[int, str]:
    """Number of rows, and a digest of all columns but some, read in the order of the key."""
    with connection.cursor() as cursor:
        columns = sorted(each.name for each in connection.introspection.get_table_description(cursor, table))
        keys = connection.introspection.get_primary_key_columns(cursor, table)
    unknown = set(but) - set(columns)
    if unknown or not keys:
        raise CannotLift(f"{table} has no column {', '.join(sorted(unknown))}" if unknown else f"{table} has no key")
    listed = ", ".join(f'"{name}"' for name in columns if name not in but)
    order = ", ".join(f'"{name}"' for name in keys)
    seen, count = sha256(), 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(f'SELECT {listed} FROM "{table}" ORDER BY {order}')
        while rows := cursor.fetchmany(_CHUNK):
            count += len(rows)
            for row in rows:
                seen.update(repr(row).encode())
    return count, seen.hexdigest()
