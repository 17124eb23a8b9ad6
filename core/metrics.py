"""Figures for Prometheus: what this process counts, and what the database tells when somebody asks.

Processes count into files of a folder (prometheus_client's multi-process mode; `config.metrics` names it), and
``manage.py metrics`` gives out all of them together. Without ``OFFSET_METRICS_PORT`` nothing is kept.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import DatabaseError, InterfaceError, connection
from prometheus_client import Counter, Histogram, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from core import signs_of_life, work_status
from core.models import OutboxJob

REQUESTS = Counter("offset_requests", "Requests by the name of their view.", ["view", "method", "status"])
REQUEST_SECONDS = Histogram("offset_request_seconds", "How long requests took.", ["view"])
STATEMENTS = Histogram(
    "offset_request_statements", "SQL statements of a request.", ["view"], buckets=(1, 2, 5, 10, 12, 20, 50, 100)
)
JOB_SECONDS = Histogram("offset_job_seconds", "How long jobs of the outbox took.", ["handler", "outcome"])
MAILS = Counter("offset_mails", "Mails handed to the server or provider.", ["outcome"])
PDF_SECONDS = Histogram("offset_pdf_seconds", "How long PDFs took to be laid out.", ["outcome"])

Gauge = Callable[[], int]
_gauges: dict[str, tuple[str, Gauge]] = {}


def register_gauge(name: str, text: str, ask: Gauge) -> None:
    """A figure that the database tells; called from AppConfig.ready."""
    _gauges[name] = (text, ask)


@contextmanager
def counted_mail() -> Iterator[None]:
    """A mail is sent, or fails."""
    try:
        yield
    except Exception:
        MAILS.labels("failed").inc()
        raise
    MAILS.labels("sent").inc()


@contextmanager
def timed_pdf() -> Iterator[None]:
    """A PDF is made, or fails."""
    began, outcome = time.perf_counter(), "failed"
    try:
        yield
        outcome = "made"
    finally:
        PDF_SECONDS.labels(outcome).observe(time.perf_counter() - began)


class FromFiles(Collector):
    """What all processes of this host have counted since their part started."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        """Read the files of every part; one that goes away meanwhile counts no more."""
        found: Iterable[Metric] = []
        for _try in range(3):
            files = [str(path) for path in self._folder.glob("*/*.db")]
            with suppress(FileNotFoundError):  # A part began anew between the two.
                found = MultiProcessCollector.merge(files, accumulate=True)
                break
        return found


class FromDatabase(Collector):
    """What waits and what works, asked when somebody looks; ``offset_database_up`` is 0 while it is away."""

    def collect(self) -> Iterable[Metric]:
        """A few statements for each look."""
        up = 1
        found: list[Metric] = []
        try:
            found = [*_outbox(), _signs(), *(GaugeMetricFamily(name, *_asked(name)) for name in _gauges)]
        except (DatabaseError, InterfaceError):
            up = 0
        finally:
            connection.close()
        return [*found, GaugeMetricFamily("offset_database_up", "Whether the database answers.", value=up)]


def _asked(name: str) -> tuple[str, int]:
    text, ask = _gauges[name]
    return text, ask()


def _outbox() -> Iterator[Metric]:
    labels = ["queue", "topic", "handler"]
    count = GaugeMetricFamily("offset_outbox_open", "Open jobs.", labels=labels)
    oldest = GaugeMetricFamily("offset_outbox_oldest_seconds", "How long the oldest job waits.", labels=labels)
    for each in work_status.waiting():
        names = [each.queue, each.topic, each.handler]
        count.add_metric(names, each.count)
        oldest.add_metric(names, each.oldest.total_seconds() if each.oldest else 0)
    yield from (count, oldest)
    dead = OutboxJob.objects.dead().count()
    yield GaugeMetricFamily("offset_outbox_given_up", "Jobs that were given up and wait for a person.", value=dead)


def _signs() -> Metric:
    family = GaugeMetricFamily("offset_sign_of_life_seconds", "Since a part's latest sign of life.", labels=["part"])
    for sign in signs_of_life.signs():
        if sign.age is not None:
            family.add_metric([sign.part], sign.age.total_seconds())
    return family
