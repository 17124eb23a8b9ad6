"""Labels of choices as finance says them; the stored values stay."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0011_an_event_is_replaced_once'),
    ]

    operations = [
        migrations.AlterField(
            model_name='billingevent',
            name='status',
            field=models.CharField(choices=[('pending', 'Waiting for a run'), ('billed', 'Billed'), ('nothing', 'Nothing to bill'), ('failed', 'Failed'), ('asked', 'Awaiting approval'), ('rejected', 'Rejected'), ('replaced', 'Replaced'), ('cancelled', 'Cancelled'), ('aside', 'Set aside')], default='pending', max_length=12),
        ),
    ]
