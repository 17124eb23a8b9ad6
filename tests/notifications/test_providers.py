"""A provider instead of a mail server: django-anymail talks to a real HTTP server that answers as Postmark does."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from pytest_django.fixtures import Settings

from config import readers
from notifications.models import BouncedAddress, DeliveryAttempt
from tests.factories.world import Market, make_market
from tests.notifications.test_delivery import again, now_is, queued
from tests.support.outbox import drain

pytestmark = pytest.mark.django_db
KEY = "a-key-that-nobody-may-see"
TAKEN = (200, {"ErrorCode": 0, "Message": "OK", "MessageID": "b7bc2f4a", "To": "billing.admin.north@example.com"})
INACTIVE = (
    422,
    {
        "ErrorCode": 406,
        "Message": "You tried to send to a recipient that has been marked as inactive.\n"
        "Found inactive addresses: billing.admin.north@example.com.\n"
        "Inactive recipients are ones that have generated a hard bounce or a spam complaint.",
    },
)


class Provider:
    """The server: `answers` are taken from the front, `received` holds what was posted."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.answers: list[tuple[int, dict[str, Any]]] = []
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                provider.received.append(body)
                status, answer = provider.answers.pop(0) if provider.answers else TAKEN
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *args: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    server = Provider()
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": KEY, "POSTMARK_API_URL": server.url, "REQUESTS_TIMEOUT": 1}
    yield server
    server.stop()


@pytest.fixture
def north() -> Market:
    return make_market("north")


def test_it_is_handed_over_with_our_message_id(north: Market, provider: Provider) -> None:
    delivery = queued(north)
    drain()
    assert now_is(delivery) == ("sent", 1, "accepted as b7bc2f4a")
    (body,) = provider.received
    assert (body["To"], body["Subject"]) == ("billing.admin.north@example.com", "Credit memo CM-1")
    assert {"Name": "Message-ID", "Value": delivery.message_id} in body["Headers"]


@pytest.mark.parametrize(
    ("status", "is_final"),
    [(500, False), (503, False), (429, False), (408, False), (401, False), (403, False), (400, True), (413, True)],
)
def test_what_may_pass_is_tried_again_and_nothing_else(
    north: Market, provider: Provider, status: int, is_final: bool
) -> None:
    provider.answers = [(status, {"ErrorCode": 10, "Message": "No, not like that."})]
    delivery = queued(north)
    drain()
    state, attempts, answer = now_is(delivery)
    assert (state, attempts) == ("failed" if is_final else "retrying", 1)
    assert "No, not like that." in answer
    assert KEY not in answer
    again()
    assert now_is(delivery)[0] == ("failed" if is_final else "sent")
    assert not BouncedAddress.objects.exists()


def test_a_refused_recipient_is_marked(north: Market, provider: Provider) -> None:
    provider.answers = [INACTIVE]
    delivery = queued(north)
    drain()
    assert now_is(delivery)[0] == "failed"
    assert BouncedAddress.objects.get().address == "billing.admin.north@example.com"
    assert DeliveryAttempt.objects.get().outcome == "failed"


def test_an_answer_that_says_nothing_is_no_yes(north: Market, provider: Provider) -> None:
    provider.answers = [(422, {"ErrorCode": 406, "Message": "Something new."})]
    delivery = queued(north)
    drain()
    assert now_is(delivery)[0] == "retrying"


def test_a_provider_that_is_away_is_tried_again(north: Market, provider: Provider, settings: Settings) -> None:
    here = settings.ANYMAIL
    settings.ANYMAIL = {**here, "POSTMARK_API_URL": "http://127.0.0.1:9/"}
    delivery = queued(north)
    drain()
    assert now_is(delivery)[0] == "retrying"
    settings.ANYMAIL = here
    again()
    assert now_is(delivery)[0] == "sent"


# --- How one is chosen -----------------------------------------------------------------------------------------------


def test_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("P", "mailgun")
    monkeypatch.setenv("S", "api_key=k=1, sender_domain=mail.example.com")
    assert readers.provider("P", "S") == {
        "EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend",
        "ANYMAIL": {"MAILGUN_API_KEY": "k=1", "MAILGUN_SENDER_DOMAIN": "mail.example.com", "REQUESTS_TIMEOUT": 10},
    }


def test_none_is_named_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("P", raising=False)
    assert readers.provider("P", "S") == {}


@pytest.mark.parametrize(
    ("name", "options"), [("pigeon", ""), ("../mailgun", ""), ("mailgun", "api_key"), ("mailgun", "=x")]
)
def test_what_is_none_stops_the_start(monkeypatch: pytest.MonkeyPatch, name: str, options: str) -> None:
    monkeypatch.setenv("P", name)
    monkeypatch.setenv("S", options)
    with pytest.raises(ImproperlyConfigured):
        readers.provider("P", "S")
