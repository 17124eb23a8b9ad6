"""Whether somebody may act alone where nobody else decides; allowed unless a marketplace says otherwise."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("companies", "0004_who_admitted_members"),
    ]

    operations = [
        migrations.AddField(
            model_name="marketplacesettings",
            name="allow_alone",
            field=models.BooleanField(default=True),
        ),
    ]
