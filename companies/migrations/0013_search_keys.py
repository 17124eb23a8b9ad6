"""Companies and members get their search keys; those that are there are filled."""

from typing import Any

from django.db import migrations

from core.search_keys import SearchKey, TrigramIndex, fill_all


def fill(apps: Any, _schema_editor: Any) -> None:
    for model in ("Company", "Membership"):
        fill_all(apps.get_model("companies", model))


class Migration(migrations.Migration):

    dependencies = [
        ("core", "0006_trigrams"),
        ("companies", "0012_imports_of_companies"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="details_key",
            field=SearchKey("external_key", "tax_number", "street", "postal_code", "city", "billing_email", db_default="", editable=False),
        ),
        migrations.AddField(
            model_name="company",
            name="search_key",
            field=SearchKey("name", db_default="", editable=False),
        ),
        migrations.AddField(
            model_name="membership",
            name="search_key",
            field=SearchKey("name", db_default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="company",
            index=TrigramIndex(fields=["search_key"], name="company_by_search"),
        ),
        migrations.AddIndex(
            model_name="company",
            index=TrigramIndex(fields=["details_key"], name="company_by_details"),
        ),
        migrations.AddIndex(
            model_name="membership",
            index=TrigramIndex(fields=["search_key"], name="membership_by_search"),
        ),
    ]
