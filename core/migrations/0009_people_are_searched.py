"""People as of an act get their search key; those that are there are filled."""

from typing import Any

from django.db import migrations

from core.lifting import lifted
from core.search_keys import SearchKey, fill_all

TRIGGERS = ("i13_person_as_of_rows", "i13_person_as_of_update")


def fill(apps: Any, schema_editor: Any) -> None:
    with lifted(schema_editor, *TRIGGERS, may_change={"core_personasof": ["search_key"]}):
        fill_all(apps.get_model("core", "PersonAsOf"))


class Migration(migrations.Migration):
    dependencies = [("core", "0008_people_as_they_are_called")]

    operations = [
        migrations.AddField(
            model_name="personasof",
            name="search_key",
            field=SearchKey("name", "address", db_default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
