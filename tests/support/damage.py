"""Break a database on purpose: what the guards refuse is done behind their back, and they are put back afterwards."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection

from core import installation


def run(*statements: str) -> None:
    """Run statements as they are."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@contextmanager
def unguarded(*tables: str) -> Iterator[None]:
    """No trigger, check or foreign key watches these tables inside; outside they do, but not over old rows."""
    around = _sqlite() if connection.vendor == "sqlite" else _postgres(tables)
    with around:
        yield


@contextmanager
def _sqlite() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        run(*(f'DROP TRIGGER "{name}"' for (name,) in cursor.fetchall()))
    run("PRAGMA ignore_check_constraints = ON", "PRAGMA foreign_keys = OFF")
    yield
    run("PRAGMA ignore_check_constraints = OFF", "PRAGMA foreign_keys = ON")
    installation.install(connection)


@contextmanager
def _postgres(tables: Sequence[str]) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE contype IN ('c', 'f') AND ARRAY[conrelid, confrelid]::regclass[]::text[] && %s",
            [list(tables)],
        )
        constraints = cursor.fetchall()
    run(*(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"' for table, name, _text in constraints))
    run(*(f'ALTER TABLE "{table}" DISABLE TRIGGER USER' for table in tables))
    yield
    run(*(f'ALTER TABLE "{table}" ENABLE TRIGGER USER' for table in tables))
    run(*(f'ALTER TABLE "{table}" ADD CONSTRAINT "{name}" {_not_valid(text)}' for table, name, text in constraints))


def _not_valid(definition: str) -> str:
    return definition if definition.endswith("NOT VALID") else f"{definition} NOT VALID"
