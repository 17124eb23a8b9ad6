"""What dry runs of files leave behind, thrown away when nobody goes on with them."""

from datetime import datetime, timedelta

from django.db.models import QuerySet

from billing.models import EventImport, TriedEvent

KEPT = timedelta(days=7)
"""How long a dry run that was stopped can be gone on with."""


def tried_long_ago(now: datetime) -> QuerySet[TriedEvent]:
    """What rows of old dry runs would have added."""
    state = EventImport.State
    return TriedEvent.objects.filter(event_import__created_at__lt=now - KEPT).exclude(
        event_import__state__in=[state.WAITING, state.READING]
    )
