"""What the parts write about themselves, as they meet in the database only."""

from django.db import models
from django.db.models.functions import Now


class PartSeen(models.Model):
    """The latest sign of life of a part: the relay, the broker, or whoever works on a queue; a handful of rows.

    ``since`` is when we began to look for it, ``asked_at`` when a queue was last asked to answer. All are times of the
    database's clock.
    """

    part = models.CharField(max_length=40, primary_key=True)
    since = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.part


class RestoreRelease(models.Model):
    """A restored database that may mail again; ``database`` names it and no other copy of it."""

    database = models.CharField(max_length=200, primary_key=True)
    released_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return self.database
