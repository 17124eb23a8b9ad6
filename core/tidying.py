"""What is thrown away when its time is over: in small transactions, so that nobody waits for it.

Rows that are only added to and documents are never among it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from core.clock import database_now
from core.models import OutboxJob

BATCH = 1000
"""Rows that one transaction takes away."""
Expired = Callable[[datetime], QuerySet[Any]]
"""The rows whose time is over at a moment."""

_known: dict[str, Expired] = {}


def register(name: str, expired: Expired) -> None:
    """Tidy these rows too; called from AppConfig.ready."""
    _known[name] = expired


def tidy() -> dict[str, int]:
    """Take everything away whose time is over; how many rows of each kind went."""
    now = database_now()
    return {name: _remove(expired, now) for name, expired in _known.items()}


def _remove(expired: Expired, now: datetime) -> int:
    removed = 0
    while ids := list(expired(now).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic(durable=True):
            gone = expired(now).filter(pk__in=ids).delete()[0]
        removed += gone
    return removed


def sessions(now: datetime) -> QuerySet[Any]:
    """Sessions that nobody can go on with."""
    return Session.objects.filter(expire_date__lt=now)


def done_jobs(now: datetime) -> QuerySet[Any]:
    """Work that was done long ago (``OFFSET_KEEP_WORK``, days); what was given up stays until somebody runs it."""
    return OutboxJob.objects.filter(done_at__lt=now - timedelta(days=settings.KEEP_WORK_DAYS))
