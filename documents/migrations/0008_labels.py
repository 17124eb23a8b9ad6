"""Labels of choices as finance says them; the stored values stay."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('documents', '0007_notes'),
    ]

    operations = [
        migrations.AlterField(
            model_name='documentarchive',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('working', 'In progress'), ('ready', 'Ready'), ('failed', 'Failed')], default='queued', max_length=8),
        ),
        migrations.AlterField(
            model_name='documentjob',
            name='state',
            field=models.CharField(choices=[('queued', 'Queued'), ('working', 'In progress'), ('ready', 'Ready'), ('failed', 'Failed')], default='queued', max_length=8),
        ),
    ]
