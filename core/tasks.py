"""Celery's side of the outbox: the tasks that run jobs, and the way to hand jobs to the broker."""

from collections.abc import Iterator, Sequence
from typing import Any

from celery import current_app, shared_task
from kombu.exceptions import OperationalError

from core import consumer, outbox, signs_of_life
from core.relay import BrokerDown, Handout

SOCKET_TIMEOUT = 2
"""Seconds that one answer of the broker may take."""
KILL_AFTER = 5
"""Seconds between asking a run to stop and killing it; less than the lease's grace."""


@shared_task(name="core.run_job", ignore_result=True, acks_late=False, reject_on_worker_lost=False, max_retries=0)
def run_job(job_id: int) -> None:
    """Run one job. The message is acknowledged at once: what happens after a crash is the lease's business."""
    _note_queue(run_job)
    consumer.run(job_id)


@shared_task(name="core.run_jobs", ignore_result=True, acks_late=False, reject_on_worker_lost=False, max_retries=0)
def run_jobs(job_ids: list[int]) -> None:
    """Run jobs of one handler one after another; each is closed or fails for itself."""
    _note_queue(run_jobs)
    consumer.run_together(job_ids)


@shared_task(name="core.answer", ignore_result=True, acks_late=False, reject_on_worker_lost=False, max_retries=0)
def answer() -> None:
    """The relay asks whether anybody works on this queue."""
    _note_queue(answer)


def _note_queue(task: Any) -> None:
    """A sign of life from whichever queue this message came from; there is none when it is called by hand."""
    queue = (task.request.delivery_info or {}).get("routing_key")
    if queue:
        signs_of_life.note_queue(queue)


def messages(handouts: Sequence[Handout]) -> Iterator[list[Handout]]:
    """What is sent in one message: up to ``batch`` jobs of a handler that says so, else one.

    What was tried before goes alone, so that a job that kills its worker takes no others along a second time.
    """
    waiting: dict[tuple[str, str], list[Handout]] = {}
    for handout in handouts:
        handler = outbox.handler_of(handout.topic, handout.handler)
        if handler is None or handler.batch == 1 or handout.attempts:
            yield [handout]
            continue
        together = waiting.setdefault((handout.topic, handout.handler), [])
        together.append(handout)
        if len(together) == handler.batch:
            yield waiting.pop((handout.topic, handout.handler))
    yield from waiting.values()


def _connection() -> Any:
    options = {"socket_timeout": SOCKET_TIMEOUT, "socket_connect_timeout": SOCKET_TIMEOUT, "max_retries": 0}
    return current_app.connection_for_write(transport_options=options)


def check_broker() -> None:
    """The broker answers. Raises OperationalError, OSError."""
    with _connection() as connection:
        connection.default_channel.client.ping()


class Broker:
    """Sends jobs over one connection with short timeouts and no retries; a broken connection is made anew."""

    def __init__(self) -> None:
        self._connection: Any = None
        self._producer: Any = None

    def __call__(self, handouts: Sequence[Handout]) -> None:
        """Hand over the jobs. Raises BrokerDown; those in hand may have arrived, and may come again."""
        unsent = list(messages(handouts))
        while unsent:
            try:
                self._publish(unsent[0])
            except (OperationalError, OSError) as error:
                self.close()
                raise BrokerDown(f"broker: {error}", [handout for message in unsent for handout in message]) from error
            del unsent[0]

    def beat(self) -> None:
        """The relay's signs of life. Raises BrokerDown."""
        try:
            signs_of_life.beat(self._ask, check_broker)
        except (OperationalError, OSError) as error:
            self.close()
            raise BrokerDown(f"broker: {error}", []) from error

    def _ask(self, queue: str) -> None:
        seconds = signs_of_life.ASK_AGAIN.total_seconds()
        answer.apply_async((), queue=queue, expires=seconds, retry=False, producer=self._ready())

    def close(self) -> None:
        """Drop the connection."""
        held, self._connection, self._producer = self._connection, None, None
        if held is not None:
            held.release()

    def _publish(self, message: Sequence[Handout]) -> None:
        ids = [handout.job_id for handout in message]
        handler = outbox.handler_of(message[0].topic, message[0].handler)
        is_one = len(ids) == 1
        limit = max(handler.limit, handler.longest) if handler else 30
        limit += 0 if is_one else consumer.TURN
        (run_job if is_one else run_jobs).apply_async(
            (ids[0] if is_one else ids,),
            queue=handler.queue if handler else None,
            soft_time_limit=limit,
            time_limit=limit + KILL_AFTER,
            retry=False,
            producer=self._ready(),
        )

    def _ready(self) -> Any:
        if self._producer is None:
            self._connection = _connection()
            self._producer = current_app.amqp.Producer(self._connection, auto_declare=False)
        return self._producer
