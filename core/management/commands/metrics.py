"""``manage.py metrics``: gives Prometheus the figures of all parts of this host, on a port of their own."""

import signal
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from prometheus_client import CollectorRegistry, start_http_server

from core.metrics import FromDatabase, FromFiles


class Command(BaseCommand):
    """Runs in the foreground; SIGTERM and Ctrl-C end it."""

    help = "Answer Prometheus on OFFSET_METRICS_PORT of this machine until stopped."

    def handle(self, *_args: object, **_options: object) -> None:
        """Listen on loopback alone: names of views and queues are nobody else's business."""
        if not settings.METRICS_PORT:
            raise CommandError("OFFSET_METRICS_PORT names no port, so nothing is counted.")
        registry = CollectorRegistry()
        registry.register(FromFiles(settings.DATA_DIR / "metrics"))
        registry.register(FromDatabase())
        server, thread = start_http_server(settings.METRICS_PORT, addr="127.0.0.1", registry=registry)
        stopped = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        self.stdout.write(f"Metrics are at http://127.0.0.1:{settings.METRICS_PORT}/metrics")
        stopped.wait()
        server.shutdown()
        thread.join()
