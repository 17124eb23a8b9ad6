"""What the clock asks of credit limits: reservations that ran out are marked so."""

from celery import shared_task

from core.clock import database_now
from limits.operations import expire


@shared_task(name="limits.expire_reservations", ignore_result=True)
def expire_reservations() -> None:
    """Mark what ran out. It counts no more since then anyway, so that a late clock does no harm."""
    expire(now=database_now())
