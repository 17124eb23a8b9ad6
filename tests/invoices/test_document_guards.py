"""Every class of billing document is frozen and kept by guards of its own table, on both engines."""

import re

import pytest
from django.apps import apps
from django.db import models

from core.guarding import guard_sql
from invoices.models import BillingDocument


def documents() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if issubclass(model, BillingDocument)]


def guards_of_issued(sql: str, table: str) -> dict[str, list[str]]:
    """What is refused of a row that has its number, and the names of the triggers that refuse it."""
    found: dict[str, list[str]] = {"UPDATE": [], "DELETE": []}
    wanted = rf"TRIGGER (\w+) BEFORE (UPDATE|DELETE) ON {table}\s+(?:FOR EACH ROW\s+)?WHEN \(?OLD\.number IS NOT NULL"
    for name, event in re.findall(wanted, sql):
        found[event].append(name)
    return found


def test_there_are_documents_to_ask() -> None:
    assert {model.__name__ for model in documents()} >= {"Invoice", "CreditMemo"}


@pytest.mark.parametrize("vendor", ["sqlite", "postgresql"])
@pytest.mark.parametrize("model", documents(), ids=lambda model: model.__name__)
def test_an_issued_document_is_frozen_and_kept(model: type[models.Model], vendor: str) -> None:
    sql = "\n".join(guard_sql(config, vendor) for config in apps.get_app_configs())
    found = guards_of_issued(sql, model._meta.db_table)
    assert any(re.fullmatch(r"i10_\w+_frozen", name) for name in found["UPDATE"]), found
    assert any(re.fullmatch(r"i12_\w+_kept", name) for name in found["DELETE"]), found
