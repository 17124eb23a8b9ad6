"""Inserting rows without the ORM's work per statement: for the verbs that write many small rows many times a second.

Values go through the model's own fields, so that both engines get what the ORM would send; the statement is made once
for a model, its columns and the number of rows.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, models


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
