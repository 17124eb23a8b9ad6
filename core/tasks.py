"""Celery's side of the outbox: the task that runs one job, and the way to hand jobs to the broker."""

from collections.abc import Sequence
from typing import Any

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from core import consumer, outbox
from core.relay import BrokerDown, Handout

SOCKET_TIMEOUT = 2
"""Seconds that one answer of the broker may take."""
KILL_AFTER = 5
"""Seconds between asking a run to stop and killing it; less than the lease's grace."""


@shared_task(  # type: ignore[untyped-decorator]
    name="core.run_job", ignore_result=True, acks_late=False, reject_on_worker_lost=False, max_retries=0
)
def run_job(job_id: int) -> None:
    """Run one job. The message is acknowledged at once: what happens after a crash is the lease's business."""
    consumer.run(job_id)


class Broker:
    """Sends jobs over one connection with short timeouts and no retries; a broken connection is made anew."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._producer: Any = None

    def __call__(self, handouts: Sequence[Handout]) -> None:
        """Hand over the jobs in order. Raises BrokerDown; the one in hand may have arrived, and may come again."""
        for at, handout in enumerate(handouts):
            try:
                self._publish(handout)
            except (OperationalError, OSError) as error:
                self.close()
                raise BrokerDown(f"broker: {error}", handouts[at:]) from error

    def close(self) -> None:
        """Drop the connection."""
        held, self._connection, self._producer = self._connection, None, None
        if held is not None:
            held.release()

    def _publish(self, handout: Handout) -> None:
        handler = outbox.handler_of(handout.topic, handout.handler)
        limit = handler.limit if handler else 30
        run_job.apply_async(
            (handout.job_id,),
            queue=handler.queue if handler else None,
            soft_time_limit=limit,
            time_limit=limit + KILL_AFTER,
            retry=False,
            producer=self._ready(),
        )

    def _ready(self) -> Any:
        if self._producer is None:
            options = {"socket_timeout": SOCKET_TIMEOUT, "socket_connect_timeout": SOCKET_TIMEOUT, "max_retries": 0}
            self._connection = current_app.connection_for_write(transport_options=options)
            self._producer = current_app.amqp.Producer(self._connection, auto_declare=False)
        return self._producer
