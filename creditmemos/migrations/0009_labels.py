"""Labels of choices as finance says them; the stored values stay."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('creditmemos', '0008_divided_memos'),
    ]

    operations = [
        migrations.AlterField(
            model_name='creditmemo',
            name='afterwards',
            field=models.CharField(blank=True, choices=[('again', 'Bill the period again'), ('never', 'Do not bill it again')], max_length=5),
        ),
        migrations.AlterField(
            model_name='creditmemo',
            name='counts_as',
            field=models.CharField(blank=True, choices=[('price', 'Price: reduces the charge'), ('time', 'Time: credits unused days'), ('nothing', 'Nothing: affects neither')], max_length=7),
        ),
        migrations.AlterField(
            model_name='creditmemo',
            name='source',
            field=models.CharField(choices=[('automatic', 'Automatic'), ('from_invoice', 'From an invoice'), ('ad_hoc', 'Ad hoc'), ('refund', 'Refund'), ('carried', 'Balance carried over')], max_length=12),
        ),
        migrations.AlterField(
            model_name='creditmemo',
            name='use',
            field=models.CharField(choices=[('follow', 'Apply automatically'), ('apply_now', 'Apply to this invoice now'), ('hold', 'Hold credit')], default='follow', max_length=10),
        ),
        migrations.AlterField(
            model_name='creditreason',
            name='counts_as',
            field=models.CharField(choices=[('price', 'Price: reduces the charge'), ('time', 'Time: credits unused days'), ('nothing', 'Nothing: affects neither')], default='price', max_length=7),
        ),
    ]
