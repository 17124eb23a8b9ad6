"""An index for what the journal says of credit in some months: by day, without the postings of everything else."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("account", "customer_credit")),
                fields=["posting_date", "transaction", "amount"],
                name="entry_of_credit_by_day",
            ),
        ),
    ]
