"""One event takes another's place, but for those that were rejected: what they would have replaced stands again."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("billing", "0010_events_are_edited_and_ended")]

    operations = [
        migrations.RemoveConstraint(model_name="billingevent", name="event_replaced_once"),
        migrations.AddConstraint(
            model_name="billingevent",
            constraint=models.UniqueConstraint(
                condition=Q(replaces__isnull=False) & ~Q(status="rejected"),
                fields=("replaces",),
                name="event_replaced_once",
            ),
        ),
    ]
