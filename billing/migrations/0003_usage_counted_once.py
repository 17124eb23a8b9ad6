"""One count for each subscription, plan and period; apart from the rows it holds for, which PostgreSQL asks."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_usage_by_plan")]

    operations = [
        migrations.RemoveConstraint("metered", "metered_once"),
        migrations.RemoveField("metered", "terms"),
        migrations.AlterField(
            "metered",
            "plan",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="subscriptions.plan"
            ),
        ),
        migrations.AddConstraint(
            "metered",
            models.UniqueConstraint(fields=("subscription", "plan", "period_first"), name="metered_once"),
        ),
        migrations.AddConstraint(
            "metered",
            models.CheckConstraint(
                condition=models.Q(("credited__gte", models.F("discount")), ("discount__gte", 0), ("taken__gte", 0)),
                name="metered_not_negative"
            ),
        ),
    ]
