"""Tokens by which a checkout asks: stored hashed, shown once."""

from django.db import models
from django.db.models import Q


class CheckoutToken(models.Model):
    """``digest`` is the SHA-256 of the token; of its text only the last four characters, ``ending``, are kept."""

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="checkout_tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    ending = models.CharField(max_length=4)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("companies.User", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["marketplace", "name"], condition=Q(revoked_at__isnull=True), name="checkout_token_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
