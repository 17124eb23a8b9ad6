from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("creditmemos", "0004_what_credit_counts_as")]

    operations = [
        migrations.AddConstraint(
            "creditreason",
            models.CheckConstraint(condition=Q(counts_as__in=["price", "time", "nothing"]), name="reason_counts_as"),
        ),
        migrations.AddConstraint(
            "creditmemo",
            models.CheckConstraint(condition=Q(counts_as__in=["", "price", "time", "nothing"]), name="memo_counts_as"),
        ),
    ]
