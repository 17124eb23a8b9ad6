"""The outbox: one row per event and handler, written with the change that caused it, closed by the handler (I16)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core import request_ids


class OutboxJobQuerySet(models.QuerySet["OutboxJob"]):
    """Named filters over jobs."""

    def open(self) -> "OutboxJobQuerySet":
        """Neither done nor given up."""
        return self.filter(done_at__isnull=True, dead_at__isnull=True)

    def due(self, at: datetime) -> "OutboxJobQuerySet":
        """Open, and neither waiting for a retry nor in somebody's hands at ``at`` (the database's time)."""
        return self.open().filter(next_at__lte=at)

    def in_flight(self, at: datetime) -> "OutboxJobQuerySet":
        """Given to the broker and not yet taken up by a worker."""
        return self.open().filter(next_at__gt=at, handed__gt=0, token__isnull=True)

    def dead(self) -> "OutboxJobQuerySet":
        """Given up; a person may run them again."""
        return self.filter(dead_at__isnull=False)


class OutboxJob(models.Model):
    """What one handler has to do about one event.

    ``next_at`` is when the job may be handed out: at once, after a pause that follows a failure, or when the lease
    of whoever has it ends. ``handed`` counts how often the relay gave it to the broker since it last ran, ``attempts``
    how often it ran; ``token`` names the run that an outside handler is in. ``bulk`` work is one of thousands, as of a
    billing run, and waits behind what is not. ``request_id`` names the request that it began with; log lines tell it.
    ``at`` is when the event happened, all other stamps come from the database's clock.
    """

    class Kind(models.TextChoices):
        DATABASE = "database", _("Database")
        OUTSIDE = "outside", _("Outside")

    event = models.UUIDField()
    topic = models.CharField(max_length=60)
    key = models.CharField(max_length=200)
    handler = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+", db_index=False)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField()
    bulk = models.BooleanField(default=False, db_default=False)
    request_id = models.CharField(max_length=request_ids.LONGEST, blank=True, default="", db_default="")
    created_at = models.DateTimeField(db_default=Now())
    next_at = models.DateTimeField(db_default=Now())
    handed = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    token = models.UUIDField(null=True)
    done_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    objects = OutboxJobQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "handler"], name="i16_one_job_per_handler"),
            models.CheckConstraint(
                name="i16_done_or_dead", condition=Q(done_at__isnull=True) | Q(dead_at__isnull=True)
            ),
        ]
        indexes = [
            models.Index(
                "bulk", "next_at", "id", name="outbox_due", condition=Q(done_at__isnull=True, dead_at__isnull=True)
            ),
            models.Index(fields=["marketplace", "-dead_at"], name="outbox_dead", condition=Q(dead_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.handler} for {self.topic} {self.key}"

    @property
    def state(self) -> str:
        """One word for people: done, dead or open."""
        return "done" if self.done_at else "dead" if self.dead_at else "open"
