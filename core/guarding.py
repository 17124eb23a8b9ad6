"""Database guards: triggers and composite keys that hold the invariants whoever writes (ADR 5).

Each app may ship ``<app>/guards/postgresql.sql`` and ``sqlite.sql``. They are not migrations: SQLite rebuilds a
table when a column changes and silently drops its triggers. So they are dropped on SQLite before migrating and
(re)installed on both engines after it (``core.installation``). A file may use ``{{name}}`` for a text that the app
registered, so that a rule that Python also knows is written once.
"""

import re
import sqlite3
from functools import lru_cache
from pathlib import Path

from django.apps import AppConfig, apps
from django.db import models

_VALUES: dict[str, str] = {}
_TRIGGER = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+(\w+)\s.*?\sON\s+(\w+)", re.DOTALL)
_FUNCTION = re.compile(r"CREATE\s+OR\s+REPLACE\s+FUNCTION\s+(\w+)\s*\(.*?\sAS\s+\$\$(.*?)\$\$", re.DOTALL)
_CONSTRAINT = re.compile(r"ADD\s+CONSTRAINT\s+(\w+)")

Expected = dict[str, dict[str, str]]
"""What the guard files make: ``triggers``, ``functions``, ``constraints``, each name with its table or text."""


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


@lru_cache(maxsize=2)
def expected(vendor: str) -> Expected:
    """What the guard files of all apps make on an engine."""
    found: Expected = {"triggers": {}, "functions": {}, "constraints": {}}
    for config in apps.get_app_configs():
        sql = guard_sql(config, vendor)
        if vendor == "sqlite":
            named = ((_TRIGGER.match(text), text) for text in statements(sql))
            found["triggers"] |= {match.group(1): text.rstrip(";") for match, text in named if match}
        else:
            found["functions"] |= dict(_FUNCTION.findall(sql))
            found["triggers"] |= dict(_TRIGGER.findall(_FUNCTION.sub("", sql)))
            found["constraints"] |= dict.fromkeys(_CONSTRAINT.findall(sql), "")
    return found
