"""What people were called when they did what the audit log says; only ever added to (I13)."""

from django.conf import settings
from django.db import models

from core.search_keys import SearchKey


class PersonAsOf(models.Model):
    """A person's name in a marketplace and their address, from ``since`` on; a new row only when one of them changed.

    Audit rows point here and hold neither, so that both can be taken out of one place once they may not be kept longer.
    """

    marketplace = models.ForeignKey("companies.Marketplace", on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=254, blank=True)
    since = models.DateTimeField()
    search_key = SearchKey("name", "address")

    class Meta:
        verbose_name_plural = "people as of"
        indexes = [models.Index(fields=["marketplace", "user", "-id"], name="person_as_of")]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>" if self.name or self.address else "-"
