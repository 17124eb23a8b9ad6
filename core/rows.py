"""Writing rows without the ORM's work per statement: for the verbs that write many small rows many times a second.

A row is a named tuple whose fields are the columns; columns that it leaves out get what the database gives them. Values
go through the model's own fields, so that both engines get what the ORM would send.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection, models

Convert = Callable[[Any], Any]
FEW = 4
"""Up to so many rows one INSERT is quicker than COPY."""


class Json(str):
    """The text of a JSON value that is written as it stands."""

    __slots__ = ()


def insert(model: type[models.Model], rows: Iterable[NamedTuple], *, ignore_conflicts: bool = False) -> int:
    """Write rows of one class, by one INSERT or by COPY (on SQLite: one prepared statement); returns how many.

    ``ignore_conflicts`` leaves out what is there already; it is for a few rows, as it is always one INSERT. Name every
    column that has no default in the database.
    """
    values = list(rows)
    if not values:
        return 0
    names = _names(values)
    with connection.cursor() as cursor:
        if ignore_conflicts or len(values) <= FEW:
            tail = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
            fields = _fields(model, names)
            prepared = [_prepared(field, value) for row in values for field, value in zip(fields, row, strict=True)]
            cursor.execute(_statement(model, names, len(values), tail), prepared)
            return int(cursor.rowcount)
        converters = _converters(model, names, connection.vendor)
        if connection.vendor != "postgresql":
            cursor.executemany(_statement(model, names, 1, ""), [_converted(converters, row) for row in values])
            return len(values)
        columns = ", ".join(f'"{name}"' for name in names)
        # Django wraps the driver's errors of ``execute`` only; edges know none but Django's.
        with (
            connection.wrap_database_errors,
            cursor.copy(f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN') as stream,
        ):
            for row in values:
                stream.write_row(_converted(converters, row))
        return len(values)


def update(model: type[models.Model], rows: Iterable[NamedTuple]) -> int:
    """Set the columns of many rows of one class at once; the first is ``id``. Returns how many rows there were."""
    values = list(rows)
    if not values:
        return 0
    names = _names(values)[1:]
    converters = [None, *_converters(model, names, connection.vendor)]
    converted = [_converted(converters, row) for row in values]
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(f'"{name}" = %s' for name in names)
            cursor.executemany(
                f'UPDATE "{model._meta.db_table}" SET {marks} WHERE "id" = %s',
                [[*row[1:], row[0]] for row in converted],
            )
        else:
            cursor.execute(_update(model, names), [list(column) for column in zip(*converted, strict=True)])
        return int(cursor.rowcount)


def _names(rows: Sequence[NamedTuple]) -> tuple[str, ...]:
    """The columns, of rows that must all be of one class: another order of fields would fill the wrong ones."""
    kind = type(rows[0])
    if any(type(row) is not kind for row in rows):
        raise TypeError(f"rows of one statement are of one class, not of {kind.__name__} and others")
    return rows[0]._fields


def reserve(*wanted: tuple[type[models.Model], int]) -> list[list[int]]:
    """Take ids for rows of each model that are written later, so that their children can name them; one statement.

    PostgreSQL takes them from the tables' sequences, which give none twice. SQLite has one writer at a time: what
    follows the greatest id is free until the transaction ends.
    """
    if not any(count for _model, count in wanted):
        return [[] for _ in wanted]
    is_postgres = connection.vendor == "postgresql"
    found: list[list[int]] = [[] for _ in wanted]
    statements, values = [], []
    for place, (model, count) in enumerate(wanted):
        table = model._meta.db_table
        if is_postgres:
            statements.append(
                f"SELECT {place}, nextval(pg_get_serial_sequence('\"{table}\"', 'id')) FROM generate_series(1, %s)"
            )
            values.append(count)
        else:
            statements.append(
                f'SELECT {place}, max(coalesce((SELECT max(id) FROM "{table}"), 0),'
                f" coalesce((SELECT seq FROM sqlite_sequence WHERE name = '{table}'), 0))"
            )
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(statements), values)
        for place, given in cursor.fetchall():
            found[place] += [given] if is_postgres else range(given + 1, given + 1 + wanted[place][1])
    return found


def read_back(statement: str, ids: Iterable[int]) -> list[tuple[Any, ...]]:
    """The rows of ``statement`` (a SELECT without WHERE) with these ids, as they are in the database now."""
    keys = list(ids)
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} WHERE id IN ({', '.join(['%s'] * len(keys))})", keys)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def plan_afresh() -> None:
    """Let this connection forget its plans, so that what follows is planned for the tables as they are now.

    Plans are kept, those of triggers and foreign keys too; one made while a table was small reads all of it ever
    after, and a billing run fills tables by the hundred thousand.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DISCARD PLANS")


@lru_cache(maxsize=256)
def _fields(model: type[models.Model], names: tuple[str, ...]) -> list[models.Field[Any, Any]]:
    by_column = {field.column: field for field in model._meta.concrete_fields}
    return [by_column[name] for name in names]


@lru_cache(maxsize=256)
def _statement(model: type[models.Model], names: tuple[str, ...], count: int, tail: str) -> str:
    columns = ", ".join(f'"{name}"' for name in names)
    row = f"({', '.join(['%s'] * len(names))})"
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {", ".join([row] * count)}{tail}'


@lru_cache(maxsize=64)
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    marks = ", ".join(f'"{name}" = v."{name}"' for name in names)
    arrays = ", ".join(f"%s::{field.db_type(connection)}[]" for field in _fields(model, names))
    columns = ", ".join(f'"{name}"' for name in names)
    return (
        f'UPDATE "{model._meta.db_table}" t SET {marks} FROM unnest(%s::bigint[], {arrays}) AS v("id", {columns})'
        ' WHERE t."id" = v."id"'
    )


def _prepared(field: models.Field[Any, Any], value: Any) -> Any:
    return str(value) if isinstance(value, Json) else field.get_db_prep_save(value, connection)


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
