"""Files of events get their search key; those that are there are filled."""

from typing import Any

from django.db import migrations

from core.search_keys import SearchKey, fill_all


def fill(apps: Any, _schema_editor: Any) -> None:
    fill_all(apps.get_model("billing", "EventImport"))


class Migration(migrations.Migration):
    dependencies = [("billing", "0012_labels"), ("core", "0009_people_are_searched")]

    operations = [
        migrations.AddField(
            model_name="eventimport",
            name="search_key",
            field=SearchKey("name", db_default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
