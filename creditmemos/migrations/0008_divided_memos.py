"""A memo may be issued again from lines of another; those that are there were not."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creditmemos", "0007_search_keys")]

    operations = [
        migrations.AddField(
            "creditmemo",
            "divided_from",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="divided_into",
                to="creditmemos.creditmemo",
            ),
        ),
    ]
