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
        migrations.AlterField(
            model_name='billingsettings',
            name='frequency',
            field=models.CharField(choices=[('off', 'Off: each run is started by hand'), ('daily', 'Every day'), ('monthly', 'Once a month')], default='off', max_length=8),
        ),
        migrations.AlterField(
            model_name='charge',
            name='counted',
            field=models.CharField(choices=[('days', 'Days'), ('pieces', 'Units'), ('amount', 'Amount')], max_length=6),
        ),
        migrations.AlterField(
            model_name='eventimport',
            name='state',
            field=models.CharField(choices=[('waiting', 'Waiting'), ('reading', 'In progress'), ('stopped', 'Stopped'), ('done', 'Complete'), ('failed', 'Failed')], default='waiting', max_length=8),
        ),
    ]
