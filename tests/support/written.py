"""What a verb writes: every new row of the books, with new ids as places, so that two ways of doing it can be compared."""

from collections.abc import Callable
from typing import Any

from django.db import models, transaction

from core.models import AuditEntry, OutboxJob
from creditmemos.models import Application, CreditMemo, CreditMemoLine, CreditMemoLineTax, InvoicePart, MemoPart
from invoices.models import Invoice, InvoiceLine, InvoiceLineTax
from ledger.models import JournalEntry, JournalTransaction

TABLES: tuple[type[models.Model], ...] = (
    Invoice, InvoiceLine, InvoiceLineTax, CreditMemo, CreditMemoLine, CreditMemoLineTax, Application, MemoPart,
    InvoicePart, JournalTransaction, JournalEntry, AuditEntry, OutboxJob,
)  # fmt: skip
NAMED = {"invoice_id": Invoice, "memo_id": CreditMemo, "application_id": Application}
"""Columns and facts that name a row without a foreign key; a list of them has an s."""
OF_KIND = {"invoice": Invoice, "credit_memo": CreditMemo}
LEFT_OUT = {"event", "created_at", "next_at"}
"""Of jobs: a name made of ids, and stamps of the database's clock."""
Row = dict[str, object]


def written(act: Callable[[], object]) -> dict[str, list[Row]]:
    """Do it, and return the rows that are new by table; then take everything back."""
    before = {table: set(table._base_manager.values_list("pk", flat=True)) for table in TABLES}
    with transaction.atomic():
        act()
        new = {table: list(table._base_manager.exclude(pk__in=before[table]).order_by("pk")) for table in TABLES}
        transaction.set_rollback(True)
    places = {(table, str(row.pk)): f"new {place}" for table in TABLES for place, row in enumerate(new[table])}
    return {table.__name__: [_plain(row, places) for row in new[table]] for table in TABLES}


def _plain(row: Any, places: dict[tuple[type[models.Model], str], str]) -> Row:
    found: Row = {}
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if field.primary_key or (isinstance(row, OutboxJob) and field.name in LEFT_OUT):
            continue
        model = field.related_model or NAMED.get(field.name)
        if isinstance(row, AuditEntry) and field.name == "object_id":
            model = OF_KIND[row.kind]
        if isinstance(row, OutboxJob) and field.name == "key":
            topic, _, pk = value.partition(":")
            value = topic, [name for (_table, known), name in places.items() if known == pk][:1]
        found[field.attname] = _named(value, model, places)
    return found


def _named(value: Any, model: Any, places: dict[tuple[type[models.Model], str], str]) -> object:
    """The value with new ids as their places, inside JSON too."""
    if isinstance(value, dict):
        return {key: _named(each, NAMED.get(key.removesuffix("s")), places) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each, model, places) for each in value]
    return places.get((model, str(value)), value)
