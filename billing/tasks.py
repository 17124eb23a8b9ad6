"""What Celery beat asks for."""

from celery import shared_task

from billing.operations.scheduling import start_due_runs
from core.clock import database_now


@shared_task(name="billing.start_due_runs", ignore_result=True, queue="billing")  # type: ignore[untyped-decorator]
def start_due() -> None:
    """Start the scheduled runs whose moment has come. Twice or late does no harm: each day has one run."""
    start_due_runs(database_now())
