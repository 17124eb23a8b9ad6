"""Idempotency records: the first result of a request, kept for whoever repeats it (I17)."""

from django.db import models


class IdempotencyRecord(models.Model):
    """One row per marketplace, person, operation and key. ``actor_id`` is 0 for the pipeline."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    actor_id = models.BigIntegerField()
    operation = models.CharField(max_length=60)
    key = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    result = models.JSONField(default=dict)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "actor_id", "operation", "key"], name="i17_one_result_per_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
