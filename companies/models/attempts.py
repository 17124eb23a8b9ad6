"""Failed attempts: how often somebody guessed lately, by whom and from where."""

from django.db import models


class FailedAttempts(models.Model):
    """The count of one subject (an account from a line, a line, a network, an account) since it began.

    ``locked_until`` is set once when the count reaches its limit; it is not moved by what is tried meanwhile.
    """

    subject = models.CharField(max_length=400, unique=True)
    count = models.PositiveIntegerField(default=0)
    since = models.DateTimeField()
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "failed attempts"
        indexes = [models.Index(fields=["since"], name="attempts_by_time")]

    def __str__(self) -> str:
        return self.subject
