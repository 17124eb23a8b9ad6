"""A credit memo keeps its number folded, frozen with it; those that are issued get theirs now."""

from typing import Any

from django.conf import settings
from django.db import migrations, models

from core.lifting import lifted
from core.search_keys import SearchKey, fill_all

TRIGGERS = ("i10_memo_frozen", "i6_memo_void_is_final", "i5_memo_discarded_is_final")


def fill(apps: Any, schema_editor: Any) -> None:
    with lifted(schema_editor, *TRIGGERS, may_change={"creditmemos_creditmemo": ["search_key"]}):
        fill_all(apps.get_model("creditmemos", "CreditMemo"))


class Migration(migrations.Migration):

    dependencies = [
        ("companies", "0013_search_keys"),
        ("creditmemos", "0006_what_follows_credit_in_full"),
        ("documents", "0006_archives"),
        ("invoices", "0003_tax_by"),
        ("ledger", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="creditmemo",
            name="memo_by_prefix",
        ),
        migrations.AddField(
            model_name="creditmemo",
            name="search_key",
            field=SearchKey("number", db_default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="creditmemo",
            index=models.Index(fields=["marketplace", "search_key"], name="memo_by_search", opclasses=["int8_ops", "text_pattern_ops"]),
        ),
    ]
