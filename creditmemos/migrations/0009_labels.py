"""Labels of choices as finance says them; the stored values stay."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('creditmemos', '0008_divided_memos'),
    ]

    operations = [
        migrations.AlterField(
            model_name='creditmemo',
            name='use',
            field=models.CharField(choices=[('follow', 'Apply automatically'), ('apply_now', 'Apply to this invoice now'), ('hold', 'Hold')], default='follow', max_length=10),
        ),
    ]
