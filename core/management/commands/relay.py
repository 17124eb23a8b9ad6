"""``bin/offset relay``: hands due work to the Celery workers until it is told to stop."""

import signal
from types import FrameType

from django.core.management.base import BaseCommand

from core.relay import Relay
from core.tasks import Broker
from core.versions import ready_or_exit


class Command(BaseCommand):
    """Runs the relay in the foreground; SIGTERM and Ctrl-C end it after the step in hand."""

    help = "Hand due jobs of the outbox to the workers until stopped."

    def handle(self, *_args: object, **_options: object) -> None:
        ready_or_exit()
        broker = Broker()
        relay = Relay(broker, broker.beat)

        def stop(_number: int, _frame: FrameType | None) -> None:
            relay.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        self.stdout.write("The relay is looking for work.")
        relay.run()
        broker.close()
        self.stdout.write("The relay has stopped.")
