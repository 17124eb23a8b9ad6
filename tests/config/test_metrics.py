"""Figures for Prometheus: what a web server and its requests counted, and what the database tells."""

import http.client
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from prometheus_client import Counter

from core import metrics, outbox, signs_of_life
from tests.factories.world import NOW, make_market
from tests.support.databases import Copy
from tests.support.outbox import database, failing, handlers
from tests.support.stack import ROOT
from tests.support.webserver import WebServer


@pytest.fixture
def server(committed_db: Copy, tmp_path: Path) -> Iterator[WebServer]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    started = WebServer(tmp_path, DATABASE_URL=committed_db.url, OFFSET_METRICS_PORT=port)
    started.start()
    yield started
    started.stop()


@pytest.fixture
def exporter(server: WebServer) -> Iterator[int]:
    """The port of `manage.py metrics`, which says when it listens."""
    command = [sys.executable, "manage.py", "metrics"]
    env = {**server.env, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert "Metrics are at http://127.0.0.1:" in process.stdout.readline()
        yield int(server.env["OFFSET_METRICS_PORT"])
        process.terminate()
        assert process.wait(timeout=30) == 0


def figures(port: int) -> dict[str, float]:
    """Each sample by its name and labels."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/metrics")
    lines = connection.getresponse().read().decode().splitlines()
    connection.close()
    return {
        name: float(value) for name, _space, value in (li.rpartition(" ") for li in lines if not li.startswith("#"))
    }


def test_requests_and_work_are_counted(server: WebServer, exporter: int) -> None:
    for path in ("/sign-in/", "/sign-in/", "/credit-memos/", "/nowhere/"):
        server.page(path)
    north = make_market("north")
    with handlers(database("thing.done", "a.count", failing("no"))), transaction.atomic():
        outbox.publish(topic="thing.done", key="1", marketplace_id=north.marketplace.pk, payload={}, now=NOW)
    signs_of_life.note(signs_of_life.RELAY)
    found = figures(exporter)
    assert found['offset_requests_total{method="GET",status="200",view="companies:sign_in"}'] == 2
    assert found['offset_requests_total{method="GET",status="302",view="creditmemos:list"}'] == 1
    assert found['offset_request_seconds_count{view="companies:sign_in"}'] == 2
    assert found['offset_request_statements_bucket{le="5.0",view="companies:sign_in"}'] == 2
    assert found['offset_outbox_open{handler="a.count",queue="default",topic="thing.done"}'] == 1
    assert found['offset_outbox_oldest_seconds{handler="a.count",queue="default",topic="thing.done"}'] >= 0
    assert found['offset_sign_of_life_seconds{part="relay"}'] >= 0
    assert (found["offset_runs_going_on"], found["offset_database_up"]) == (0, 1)


def test_mails_count_by_how_they_end() -> None:
    def value(metric: Counter, outcome: str) -> float:
        return float(metric.labels(outcome)._value.get())

    sent, failed = value(metrics.MAILS, "sent"), value(metrics.MAILS, "failed")
    with metrics.counted_mail():
        pass
    with pytest.raises(OSError, match="away"), metrics.counted_mail():
        raise OSError("away")
    assert (value(metrics.MAILS, "sent") - sent, value(metrics.MAILS, "failed") - failed) == (1, 1)


def test_without_a_port_nothing_listens() -> None:
    with pytest.raises(CommandError, match="OFFSET_METRICS_PORT"):
        call_command("metrics")
    assert "PROMETHEUS_MULTIPROC_DIR" not in os.environ
