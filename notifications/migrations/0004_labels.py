"""Labels of choices as finance says them; the stored values stay."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0003_mails_that_are_withdrawn'),
    ]

    operations = [
        migrations.AlterField(
            model_name='delivery',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('retrying', 'Retrying'), ('sent', 'Sent'), ('failed', 'Failed'), ('withdrawn', 'Withdrawn')], default='queued', max_length=9),
        ),
        migrations.AlterField(
            model_name='deliveryattempt',
            name='outcome',
            field=models.CharField(choices=[('sent', 'Accepted'), ('retrying', 'Deferred'), ('failed', 'Rejected')], max_length=8),
        ),
    ]
