"""Which guards of a database are ours, whatever release made them.

The database itself tells it:

* on PostgreSQL ours is a function in our schema whose name begins with ``offset_`` or an app's label, a trigger on a
  table of ours that calls such a function, and a foreign key over several columns of such a table (the ORM makes none);
* on SQLite a trigger on a table of ours that refuses (``RAISE(ABORT``).

Whatever else an operator keeps in the database is not.
"""

from pathlib import Path
from typing import NamedTuple

from django.apps import apps
from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from core.guarding import expected

_IN_SQLITE = """
SELECT 'trigger', name, '' FROM sqlite_master
WHERE type = 'trigger' AND sql LIKE '%%RAISE(ABORT%%' AND substr(tbl_name, 1, instr(tbl_name, '_')) IN ({marks})
"""
_IN_POSTGRESQL = """
WITH mine AS (
    SELECT p.oid, p.proname FROM pg_proc p
    WHERE p.pronamespace = current_schema()::regnamespace
        AND substring(p.proname FROM '^[^_]*_') IN ({marks}, 'offset_')
        AND NOT EXISTS (SELECT 1 FROM pg_depend d
            WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), tables AS (
    SELECT c.oid, c.relname FROM pg_class c
    WHERE c.relnamespace = current_schema()::regnamespace AND substring(c.relname FROM '^[^_]*_') IN ({marks})
)
SELECT 'trigger', t.tgname, c.relname FROM pg_trigger t JOIN tables c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND t.tgfoid IN (SELECT oid FROM mine)
UNION ALL SELECT 'constraint', k.conname, c.relname FROM pg_constraint k JOIN tables c ON c.oid = k.conrelid
    WHERE k.contype = 'f' AND cardinality(k.conkey) > 1
UNION ALL SELECT 'function', proname, oid::regprocedure::text FROM mine
"""


class Guard(NamedTuple):
    """A guard in the database; ``on`` is its table, a function's signature, or nothing on SQLite."""

    kind: str
    name: str
    on: str


def ours(connection: BaseDatabaseWrapper) -> list[Guard]:
    """The guards in the database that some release of the product made."""
    labels = [f"{config.label}_" for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]
    text = _IN_SQLITE if connection.vendor == "sqlite" else _IN_POSTGRESQL
    marks = ", ".join(["%s"] * len(labels))
    with connection.cursor() as cursor:
        cursor.execute(text.format(marks=marks), labels * text.count("{marks}"))
        return [Guard(*row) for row in cursor.fetchall()]


def left_over(connection: BaseDatabaseWrapper) -> list[Guard]:
    """Those of ours that no guard file names any more; a trigger may also have moved to another table."""
    named = expected(connection.vendor)
    return [each for each in ours(connection) if not _is_named(each, named[f"{each.kind}s"], connection.vendor)]


def _is_named(guard: Guard, names: dict[str, str], vendor: str) -> bool:
    moved = vendor == "postgresql" and guard.kind == "trigger" and names.get(guard.name) != guard.on
    return guard.name in names and not moved
