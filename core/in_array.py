"""Look thousands of values up at once."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F
from django.db.models.lookups import In
from django.db.models.sql.compiler import SQLCompiler


def among(name: str, values: Iterable[object]) -> In:
    """A condition like ``name__in=values``, whose values PostgreSQL gets as one array.

    A statement with thousands of placeholders takes the driver longer to read than the database to answer. Values
    are what the field gives back (a UUID, a text), not what a form might hold.
    """
    return Among(F(name), list(values))


class Among(In):
    """``IN`` on SQLite, ``= ANY(array)`` on PostgreSQL."""

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, list[Any]]:
        """With the array's type said; of nothing the database is not asked."""
        if not self.rhs:
            raise EmptyResultSet
        column, params = self.process_lhs(compiler, connection)
        kind = self.lhs.output_field.db_type(connection).partition("(")[0]
        return f"{column} = ANY(%s::{kind}[])", [*params, list(self.rhs)]
