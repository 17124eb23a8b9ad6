"""Products and discounts get their search keys; those that are there are filled."""

from typing import Any

from django.db import migrations

from core.search_keys import SearchKey, TrigramIndex, fill_all


def fill(apps: Any, _schema_editor: Any) -> None:
    for model in ("Product", "Discount"):
        fill_all(apps.get_model("subscriptions", model))


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0006_trigrams"),
        ("companies", "0013_search_keys"),
        ("subscriptions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="discount",
            name="search_key",
            field=SearchKey("name", db_default="", editable=False),
        ),
        migrations.AddField(
            model_name="product",
            name="search_key",
            field=SearchKey("name", db_default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="product",
            index=TrigramIndex(fields=["search_key"], name="product_by_search"),
        ),
    ]
