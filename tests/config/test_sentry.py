"""Errors reach the server that a DSN names, with the request's id and without anybody's data; else nothing is sent."""

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config import sentry
from tests.factories.world import make_market
from tests.support.databases import Copy
from tests.support.stack import ROOT
from tests.support.visits import client_of
from tests.support.webserver import WebServer


class Events:
    """A server that takes what is sent to it."""

    def __init__(self) -> None:
        self.queue: Queue[tuple[str, bytes]] = Queue()
        events = self.queue

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                packed = self.headers.get("Content-Encoding") == "gzip"
                events.put((self.path, gzip.decompress(body) if packed else body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.dsn = f"http://key@127.0.0.1:{self.server.server_port}/7"


@pytest.fixture
def events() -> Iterator[Events]:
    running = Events()
    yield running
    running.server.shutdown()
    running.server.server_close()


def test_an_error_is_sent_without_data(committed_db: Copy, events: Events, tmp_path: Path) -> None:
    server = WebServer(tmp_path, DATABASE_URL=committed_db.url, OFFSET_SENTRY_DSN=events.dsn)
    server.start()
    try:
        manager = make_market("north").people["manager"]
        cookie = f"__Host-offset={client_of(manager).cookies[settings.SESSION_COOKIE_NAME].value}"
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE core_savedfilter RENAME TO gone")
        status, headers, _body = server.page("/saved-filters/?search=a-secret", Cookie=cookie)
        path, envelope = events.queue.get(timeout=30)
    finally:
        server.stop()
    assert status == 500
    assert path == "/api/7/envelope/"
    event: dict[str, Any] = json.loads(envelope.splitlines()[2])
    assert event["tags"]["request"] == headers["X-Request-ID"]
    assert event["exception"]["values"][-1]["type"] in {"OperationalError", "ProgrammingError"}
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert any(frame["filename"].endswith("office/views/frame.py") for frame in frames)
    assert all("value" not in each for each in event["exception"]["values"])
    assert event["logentry"] == {"message": "%s: %s"}
    for private in (b"a-secret", cookie.partition("=")[2].encode(), manager.user.email.encode(), b'"vars"'):
        assert private not in envelope
    assert events.queue.empty()


def test_without_the_setting_the_library_is_not_even_loaded(committed_db: Copy, tmp_path: Path) -> None:
    code = "import django, sys; django.setup(); print('sentry_sdk' in sys.modules)"
    env = WebServer(tmp_path, DATABASE_URL=committed_db.url).env
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize("typed", ["nonsense", "https://host/7", "ftp://key@host/7"])
def test_an_address_that_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, typed: str) -> None:
    monkeypatch.setenv("OFFSET_X", typed)
    with pytest.raises(ImproperlyConfigured, match="OFFSET_X"):
        sentry.dsn("OFFSET_X")
