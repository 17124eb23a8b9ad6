"""Saved filters: a list's query string under a name, for one person in one marketplace."""

from django.conf import settings
from django.db import models


class SavedFilter(models.Model):
    """``page`` is the list's address name; ``querystring`` has no question mark and no place in the list."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    querystring = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "marketplace", "page", "name"], name="saved_filter_name_once"),
        ]

    def __str__(self) -> str:
        return self.name
