"""Trigrams, by which PostgreSQL finds a part of a text.

The extension comes with PostgreSQL and is trusted: the owner of the database may create it, no superuser is needed.
"""

from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("core", "0005_signs_of_life")]

    operations = [TrigramExtension()]
