"""Database guards: triggers and composite keys that hold the invariants whoever writes (ADR 5).

Each app may ship ``<app>/guards/postgresql.sql`` and ``sqlite.sql``. They are not migrations: SQLite rebuilds a
table when a column changes and silently drops its triggers. So they are dropped on SQLite before migrating and
(re)installed on both engines after it. A file may use ``{{name}}`` for a text that the app registered, so that a
rule that Python also knows is written once.
"""

import re
import sqlite3
from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.db import connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

_VALUES: dict[str, str] = {}
_TRIGGER = re.compile(r"CREATE\s+(?:CONSTRAINT\s+)?TRIGGER\s+(\w+)", re.IGNORECASE)


def register(name: str, sql: str) -> None:
    """Give the guard files a text to use as ``{{name}}``; called from AppConfig.ready."""
    _VALUES[name] = sql


def register_changed(name: str, model: type[models.Model], *, but: set[str]) -> None:
    """Register ``{{name}}`` and ``{{name}}_lite``: "any column changed but these", for triggers of each engine."""
    columns = [field.column for field in model._meta.concrete_fields if field.column not in but]
    for suffix, differs in (("", "IS DISTINCT FROM"), ("_lite", "IS NOT")):
        register(name + suffix, " OR ".join(f"NEW.{column} {differs} OLD.{column}" for column in columns))


def guard_sql(config: AppConfig, vendor: str) -> str:
    """The app's guard file for an engine with its values filled in; an empty text when it has none."""
    path = Path(config.path) / "guards" / f"{vendor}.sql"
    if not path.exists():
        return ""
    return re.sub(r"\{\{(\w+)\}\}", lambda match: _VALUES[match.group(1)], path.read_text())


def trigger_names(sql: str) -> list[str]:
    """The triggers that a guard file makes, in its order."""
    return _TRIGGER.findall(sql)


def statements(sql: str) -> list[str]:
    """Split SQLite text into whole statements (a trigger's body holds semicolons of its own)."""
    found, pending = [], ""
    for line in sql.splitlines():
        if not pending and (not line.strip() or line.lstrip().startswith("--")):
            continue
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    if pending.strip():
        raise ValueError(f"unfinished SQL in a guard file: {pending[:80]}")
    return found


def install(config: AppConfig, connection: BaseDatabaseWrapper) -> None:
    """Install one app's guards; running it again changes nothing."""
    sql = guard_sql(config, connection.vendor)
    if not sql:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _drop(cursor, trigger_names(sql))
            for statement in statements(sql):
                cursor.execute(statement)
        else:
            cursor.execute(sql)


def _drop(cursor: Any, names: list[str]) -> None:
    for name in names:
        cursor.execute(f'DROP TRIGGER IF EXISTS "{name}"')


def after_migrate(sender: AppConfig, using: str, **_kwargs: object) -> None:
    """Receiver of post_migrate."""
    if sender.name in {config.name for config in apps.get_app_configs()}:
        install(sender, connections[using])


def before_migrate(sender: AppConfig, using: str, **_kwargs: object) -> None:
    """Receiver of pre_migrate: SQLite rebuilds tables, which must not meet our triggers half way."""
    connection = connections[using]
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            _drop(cursor, trigger_names(guard_sql(sender, "sqlite")))
