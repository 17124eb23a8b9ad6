"""Statements that go around the ORM, and the rule that stops them."""

from django.db import IntegrityError, connection, models, transaction

from core.errors import guard_name

Rules = str | tuple[str, str]
"""The rule that refuses, or that of PostgreSQL and that of SQLite where the engines say it differently."""


class _Undo(Exception):
    """Nothing refused: take it all back."""


def refused_by(statements: str) -> str:
    """Run statements (separated by semicolons) as a transaction of their own; the name of the guard that stops it.

    An empty text when nothing does: then the change is undone. Guards that wait for the commit are asked too.
    """
    try:
        with transaction.atomic():
            _run(statements.split(";"))
    except _Undo:
        return ""
    except IntegrityError as error:
        return guard_name(error)
    raise AssertionError("unreachable")


def _run(statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.check_constraints()
    raise _Undo


def wanted(rules: Rules) -> str:
    """The rule's name on the engine that the tests run on."""
    if isinstance(rules, str):
        return rules
    return rules[connection.vendor == "sqlite"]


def copied(model: type[models.Model], pk: str, **changes: str) -> str:
    """The INSERT of a row like another one with some columns changed; values are SQL."""
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key or "id" in changes]
    values = ", ".join(changes.get(column, column) for column in columns)
    table = model._meta.db_table
    return f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} WHERE id = {pk}"
