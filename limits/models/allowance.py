"""What somebody allowed once, beyond a limit."""

from django.db import models
from django.db.models import F, Q


class Allowance(models.Model):
    """One purchase of up to ``amount`` minor units passes the limit until ``expires_at``; ``used_key`` is which did.

    ``approved_by`` agreed, where the amount needed a second person. It does not pass a blocked line.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    line = models.ForeignKey("limits.CreditLine", on_delete=models.PROTECT, related_name="allowances", db_index=False)
    amount = models.BigIntegerField()
    reason = models.TextField()
    granted_by = models.ForeignKey("companies.User", on_delete=models.PROTECT, related_name="+")
    approved_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_key = models.CharField(max_length=160, blank=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="i25_allowance_amount", condition=Q(amount__gt=0) & ~Q(reason="")),
            models.CheckConstraint(
                name="i25_allowance_used_whole",
                condition=Q(used_key="", used_at__isnull=True)
                | ~Q(used_key="") & Q(used_at__isnull=False, used_at__lte=F("expires_at")),
            ),
            models.CheckConstraint(name="i19_allowance_two_people", condition=~Q(approved_by=F("granted_by"))),
        ]
        indexes = [
            models.Index(fields=["line", "expires_at"], name="allowance_open", condition=Q(used_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} once, until {self.expires_at}"
