"""What the clock asks of payments."""

from celery import shared_task

from core.clock import database_now
from payments.operations.sweeping import sweep


@shared_task(name="payments.sweep", ignore_result=True)
def look_after() -> None:
    """Order looks at what providers have not answered. Twice or late does no harm."""
    sweep(database_now())
