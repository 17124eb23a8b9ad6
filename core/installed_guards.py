"""What the database's own catalogue says about our guards: which are missing, changed, switched off or left over."""

import re

from django.apps import apps
from django.db import connection

from core.guarding import Expected, expected
from core.origins import left_over


def differences() -> list[str]:
    """Sentences about guards that are not as the files and models say; empty when all are in place."""
    there = _there()
    found = _lacking(there)
    unknown = there["triggers"].keys() - expected(connection.vendor)["triggers"].keys()
    unnamed = {(each.kind, each.name) for each in left_over(connection)} | {("trigger", name) for name in unknown}
    found += [f"{kind} {name} is left over" for kind, name in sorted(unnamed)]
    declared = [each.name for model in apps.get_models() for each in model._meta.constraints]
    found += [f"constraint {name} is missing" for name in declared if name not in there["declared"]]
    return found + [f"{name} is switched off" for name in there["off"]]


def lacking() -> list[str]:
    """Sentences about guards of this version that are missing or changed; what else stands in the database may stay."""
    return _lacking(_there())


def _there() -> Expected:
    return _in_sqlite() if connection.vendor == "sqlite" else _in_postgres()


def _lacking(there: Expected) -> list[str]:
    return [
        f"{kind[:-1]} {name} is {'missing' if name not in there[kind] else 'changed'}"
        for kind, names in expected(connection.vendor).items()
        for name, text in names.items()
        if there[kind].get(name) != text
    ]


def _in_sqlite() -> Expected:
    with connection.cursor() as cursor:
        cursor.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL")
        rows = cursor.fetchall()
    tables = "\n".join(sql for kind, _name, sql in rows if kind == "table")
    declared = set(re.findall(r'CONSTRAINT "(\w+)"', tables)) | {name for kind, name, _sql in rows if kind == "index"}
    return {
        "triggers": {name: sql for kind, name, sql in rows if kind == "trigger"},
        "functions": {},
        "constraints": {},
        "declared": dict.fromkeys(declared, ""),
        "off": {},
    }


_POSTGRES = """
SELECT 'triggers', t.tgname, t.tgrelid::regclass::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
    WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'off', coalesce(k.conname, t.tgname) || ' on ' || t.tgrelid::regclass::text, '' FROM pg_trigger t
    JOIN pg_class c ON c.oid = t.tgrelid LEFT JOIN pg_constraint k ON k.oid = t.tgconstraint
    WHERE t.tgenabled NOT IN ('O', 'A') AND c.relnamespace = current_schema()::regnamespace
UNION ALL SELECT 'functions', proname, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
UNION ALL SELECT 'constraints', conname, '' FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
UNION ALL SELECT 'declared', conname, '' FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
UNION ALL SELECT 'declared', relname, '' FROM pg_class
    WHERE relkind = 'i' AND relnamespace = current_schema()::regnamespace
"""


def _in_postgres() -> Expected:
    found: Expected = {"triggers": {}, "functions": {}, "constraints": {}, "declared": {}, "off": {}}
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRES)
        for kind, name, text in cursor.fetchall():
            found[kind][name] = text
    return found
