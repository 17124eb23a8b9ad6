"""Since when members have their rights, and whether a second person agreed; who was there before counts as old."""

from datetime import UTC, datetime

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0003_einvoice_in_pdf"),
    ]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="admitted_at",
            field=models.DateTimeField(default=datetime(2000, 1, 1, tzinfo=UTC)),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="membership",
            name="admitted_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="is_confirmed",
            field=models.BooleanField(default=False),
        ),
    ]
