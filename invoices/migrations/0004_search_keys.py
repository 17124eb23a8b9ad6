"""An invoice keeps its number folded, frozen with it; those that are issued get theirs now."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

from core.lifting import lifted
from core.search_keys import SearchKey, fill_all

TRIGGERS = ("i10_invoice_frozen", "i6_invoice_void_is_final")


def fill(apps: Any, schema_editor: Any) -> None:
    with lifted(schema_editor, *TRIGGERS, may_change={"invoices_invoice": ["search_key"]}):
        fill_all(apps.get_model("invoices", "Invoice"))


class Migration(migrations.Migration):

    dependencies = [
        ("companies", "0013_search_keys"),
        ("documents", "0006_archives"),
        ("invoices", "0003_tax_by"),
        ("ledger", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="invoice",
            name="invoice_by_prefix",
        ),
        migrations.AddField(
            model_name="invoice",
            name="search_key",
            field=SearchKey("number", db_default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["marketplace", "search_key"], name="invoice_by_search", opclasses=["int8_ops", "text_pattern_ops"]),
        ),
    ]
