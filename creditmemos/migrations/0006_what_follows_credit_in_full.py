"""A memo says what becomes of an invoice's period, should it credit the invoice in full; nobody was asked before."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("creditmemos", "0005_counts_as_is_known")]

    operations = [
        migrations.AddField(
            "creditmemo",
            "afterwards",
            models.CharField(
                blank=True, choices=[("again", "Bill the period again"), ("never", "Never bill it again")], default="",
                max_length=5,
            ),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            "creditmemo",
            models.CheckConstraint(condition=Q(afterwards__in=["", "again", "never"]), name="memo_afterwards"),
        ),
    ]
