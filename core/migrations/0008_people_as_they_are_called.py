"""Everybody as they are called today: what they did before is told by it where its own row has no name."""

from typing import Any

from django.db import migrations
from django.utils import timezone


def keep(apps: Any, _schema_editor: Any) -> None:
    PersonAsOf = apps.get_model("core", "PersonAsOf")
    now, seen, rows = timezone.now(), set(), []
    members = apps.get_model("companies", "Membership").objects.order_by("pk")
    columns = ("company__marketplace_id", "user_id", "name", "user__email")
    for marketplace, user, name, address in members.values_list(*columns).iterator(2000):
        if (marketplace, user) not in seen:
            seen.add((marketplace, user))
            rows.append(
                PersonAsOf(marketplace_id=marketplace, user_id=user, name=name, address=address, since=now)
            )
    PersonAsOf.objects.bulk_create(rows, 1000)


class Migration(migrations.Migration):
    dependencies = [("core", "0007_people_as_of"), ("companies", "0012_imports_of_companies")]
    operations = [migrations.RunPython(keep, migrations.RunPython.noop)]
