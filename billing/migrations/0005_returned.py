"""A charge or credit that is billed again keeps its row and frees its key."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0004_billed_again")]

    operations = [
        migrations.AddField(
            "charge",
            "state",
            models.CharField(
                choices=[("live", "Live"), ("settled", "Settled"), ("returned", "Billed again")], default="live",
                max_length=8,
            ),
        ),
        migrations.AddField("credit", "returned", models.BooleanField(default=False)),
        migrations.AddField(
            "billingexception",
            "invoice",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="invoices.invoice",
            ),
        ),
        migrations.AddField(
            "billingexception",
            "memo",
            models.ForeignKey(
                db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                to="creditmemos.creditmemo",
            ),
        ),
        migrations.RemoveConstraint("charge", "charge_once"),
        migrations.RemoveConstraint("credit", "credit_once"),
        migrations.AddConstraint(
            "charge",
            models.UniqueConstraint(
                condition=models.Q(("state", "returned"), _negated=True), fields=("marketplace", "key"),
                name="charge_once",
            ),
        ),
        migrations.AddConstraint(
            "charge",
            models.CheckConstraint(
                condition=models.Q(("state__in", ["live", "settled", "returned"])), name="charge_state_known"
            ),
        ),
        migrations.AddConstraint(
            "credit",
            models.UniqueConstraint(
                condition=models.Q(("returned", False)), fields=("marketplace", "key"), name="credit_once"
            ),
        ),
    ]
