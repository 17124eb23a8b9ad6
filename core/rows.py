"""Writing rows without the ORM's work per statement: for the verbs that write many small rows many times a second.

Values go through the model's own fields, so that both engines get what the ORM would send. ``insert`` is for the few
rows of one verb, in one statement; ``copy`` and ``update`` are for the thousands of a billing run.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models

Convert = Callable[[Any], Any]


class Json(str):
    """The text of a JSON value that is written as it stands."""

    __slots__ = ()


@lru_cache(maxsize=256)
def _fields(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    by_name = {field.name: field for field in model._meta.concrete_fields}
    return [by_name[name] for name in names]


@lru_cache(maxsize=256)
def _statement(model: type[models.Model], names: tuple[str, ...], count: int, tail: str) -> str:
    fields = _fields(model, names)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    row = f"({', '.join(['%s'] * len(names))})"
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {", ".join([row] * count)}{tail}'


def insert(
    model: type[models.Model],
    names: tuple[str, ...],
    rows: Iterable[Sequence[object]],
    *,
    ignore_conflicts: bool = False,
) -> int:
    """Insert ``rows`` (values in the order of the field ``names``) in one statement; returns how many were written.

    Columns that are not named get what the database gives them, so name every one that has no database default.
    """
    values = list(rows)
    if not values:
        return 0
    fields = _fields(model, names)
    tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    with connection.cursor() as cursor:
        cursor.execute(
            _statement(model, names, len(values), tail),
            [
                field.get_db_prep_save(value, connection)
                for row in values
                for field, value in zip(fields, row, strict=True)
            ],
        )
        return int(cursor.rowcount)


def plan_afresh() -> None:
    """Let this connection forget its plans, so that what follows is planned for the tables as they are now.

    Plans are kept, those of triggers and foreign keys too; one made while a table was small reads all of it ever
    after, and a billing run fills tables by the hundred thousand.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")


def reserve(model: type[models.Model], count: int) -> list[int]:
    """Take ``count`` ids for rows that are written later, so that their children can name them.

    PostgreSQL takes them from the table's sequence, which gives none twice. SQLite has one writer at a time: what
    follows the greatest id is free until the transaction ends.
    """
    if not count:
        return []
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [f'"{table}"', count]
            )
            return [row[0] for row in cursor.fetchall()]
        cursor.execute(
            f'SELECT max(coalesce((SELECT max(id) FROM "{table}"), 0),'
            " coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0))",
            [table],
        )
        last: int = cursor.fetchone()[0]
    return list(range(last + 1, last + 1 + count))


def copy(model: type[models.Model], names: tuple[str, ...], rows: Iterable[Sequence[object]]) -> None:
    """Write any number of rows at once: COPY on PostgreSQL, one prepared statement on SQLite.

    Columns that are not named get what the database gives them.
    """
    values = list(rows)
    if not values:
        return
    converters = _converters(model, names, connection.vendor)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            cursor.executemany(_statement(model, names, 1, ""), [_converted(converters, row) for row in values])
            return
        columns = ", ".join(f'"{field.column}"' for field in _fields(model, names))
        # Django wraps the driver's errors of ``execute`` only; edges know none but Django's.
        with (
            connection.wrap_database_errors,
            cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as stream,
        ):
            for row in values:
                stream.write_row(_converted(converters, row))


def update(model: type[models.Model], names: tuple[str, ...], rows: Iterable[Sequence[object]]) -> int:
    """Set the fields ``names`` of many rows at once; each row is ``(id, *values)``. Returns how many there were."""
    values = list(rows)
    if not values:
        return 0
    converters = [None, *_converters(model, names, connection.vendor)]
    converted = [_converted(converters, row) for row in values]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(f'"{field.column}" = %s' for field in _fields(model, names))
            cursor.executemany(
                f'UPDATE "{model._meta.db_table}" SET {marks} WHERE "id" = %s',
                [[*row[1:], row[0]] for row in converted],
            )
        else:
            cursor.execute(_update(model, names), [list(column) for column in zip(*converted, strict=True)])
        return int(cursor.rowcount)


@lru_cache(maxsize=64)
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    fields = _fields(model, names)
    marks = ", ".join(f'"{field.column}" = v."{field.column}"' for field in fields)
    arrays = ", ".join(f"%s::{_type(field)}[]" for field in fields)
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return (
        f'UPDATE "{model._meta.db_table}" t SET {marks} FROM unnest(%s::bigint[], {arrays}) AS v("id", {columns})'
        ' WHERE t."id" = v."id"'
    )


def _type(field: models.Field[Any, Any]) -> str:
    return str(field.db_type(connection))


def _converted(converters: Sequence[Convert | None], row: Sequence[object]) -> list[Any]:
    return [
        value if convert is None or value is None else convert(value)
        for convert, value in zip(converters, row, strict=True)
    ]


@lru_cache(maxsize=256)
def _converters(model: type[models.Model], names: tuple[str, ...], vendor: str) -> list[Convert | None]:
    """How each column's values become what the driver takes; None where they are that already."""
    return [_converter(field, vendor) for field in _fields(model, names)]


def _converter(field: models.Field[Any, Any], vendor: str) -> Convert | None:
    if isinstance(field, models.JSONField):
        return lambda value: str(value) if isinstance(value, Json) else json.dumps(value, cls=field.encoder)
    if isinstance(field, models.CharField | models.TextField):
        return str
    if vendor == "postgresql":
        return None
    return lambda value: field.get_db_prep_save(value, connection)
