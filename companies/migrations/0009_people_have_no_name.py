"""What a person is called is each membership's."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('companies', '0008_people_keep_their_access'),
    ]

    operations = [
        migrations.AlterField(
            model_name='user',
            name='name',
            field=models.CharField(default='', max_length=120),
        ),
        migrations.RemoveField(
            model_name='user',
            name='name',
        ),
    ]
