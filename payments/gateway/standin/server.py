"""The HTTP server: who asks, what is meant, whether it was asked before, which fault it meets, and the answer."""

import base64
import hmac
import json
import logging
import socket
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from payments.gateway.standin import control, hosted, keys
from payments.gateway.standin.errors import ApiError
from payments.gateway.standin.faults import Fault
from payments.gateway.standin.forms import checked, decode
from payments.gateway.standin.routes import route
from payments.gateway.standin.world import VERSION, World

LONGEST = 1024 * 1024
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
log = logging.getLogger(__name__)


class Cut(Exception):
    """The connection is to end without an answer."""


class Server(ThreadingHTTPServer):
    """Listens on the loopback alone."""

    daemon_threads = True
    world: World

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Handler)


class Handler(BaseHTTPRequestHandler):
    """One request after another of one connection."""

    protocol_version = "HTTP/1.1"
    server: Server
    timeout = 60

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer("GET")

    def do_POST(self) -> None:
        """Answer a POST."""
        self._answer("POST")

    def do_DELETE(self) -> None:
        """Answer a DELETE."""
        self._answer("DELETE")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name of the base class
        """Into the log, and only when somebody wants to know."""
        log.info(format, *args)

    def _answer(self, method: str) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("Content-Length") or 0)
        if length > LONGEST:
            self.close_connection = True
            self._send(413, b"", "text/plain")
            return
        body = self.rfile.read(length).decode("utf-8", "replace")
        try:
            if parts.path.startswith("/v1/"):
                self._api(method, parts.path, parts.query if method == "GET" else body)
            elif parts.path.startswith("/_"):
                self._control(method, parts.path, body)
            else:
                self._page(method, parts.path, body)
        except Cut:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _api(self, method: str, path: str, told: str) -> None:
        try:
            status, answer, headers = respond(
                self.server.world, method, path, told, {name.lower(): value for name, value in self.headers.items()}
            )
        except ApiError as error:
            status, answer, headers = error.status, {"error": error.error}, {}
        self._json(status, answer, headers)

    def _control(self, method: str, path: str, body: str) -> None:
        world = self.server.world
        if path == "/_style.css":
            self._send(200, hosted.STYLE.encode(), "text/css")
            return
        try:
            self._check_controller()
            with world.store.lock:
                answer = control.answer(world, method, path, json.loads(body or "{}"))
                world.store.flush()
            self._json(200, answer)
        except ApiError as error:
            self._json(error.status, {"error": error.error})
        except (TypeError, KeyError, ValueError) as error:
            self._json(400, {"error": {"message": f"This can't be read: {error}"}})

    def _check_controller(self) -> None:
        """Refuse whoever does not know the account's key, and a name that only points to the loopback."""
        host = urlsplit(f"//{self.headers.get('Host') or ''}").hostname
        if host not in LOOPBACK:
            raise ApiError(403, "The stand-in is controlled from its own machine, by a name of the loopback.")
        _check_key(self.server.world, self.headers.get("Authorization"))

    def _page(self, method: str, path: str, body: str) -> None:
        world = self.server.world
        with world.store.lock:
            page = _page(world, method, path, body)
            world.store.flush()
        headers = {"Location": page.to} if page.to else {}
        self._send(303 if page.to else page.status, page.body.encode(), "text/html; charset=utf-8", headers)

    def _json(self, status: int, answer: Any, headers: Mapping[str, str] | None = None) -> None:
        named = {"Request-Id": f"req_{time.monotonic_ns()}", "Stripe-Version": VERSION, **(headers or {})}
        self._send(status, json.dumps(answer, indent=2).encode(), "application/json", named)

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _page(world: World, method: str, path: str, body: str) -> hosted.Page:
    control.run_due(world)
    match method, path.strip("/").split("/"):
        case "GET", ["c", "pay", ref]:
            return hosted.checkout(world, ref)
        case "POST", ["c", "pay", ref]:
            return hosted.choose(world, ref, decode(body))
        case "GET", ["3ds", ref]:
            return hosted.ask(world, ref)
        case "POST", ["3ds", ref]:
            return hosted.answer(world, ref, decode(body))
    return hosted.Page("Not found", status=404)


def respond(
    world: World, method: str, path: str, told: str, headers: Mapping[str, str]
) -> tuple[int, Any, dict[str, str]]:
    """The answer to a call of the API. Raises ApiError for what is refused before it begins, and Cut."""
    _check_sender(world, headers)
    spec, work, refs = route(method, path)
    params = checked(decode(told), spec)
    key = (headers.get("idempotency-key") or "") if method == "POST" else ""
    with world.store.lock:
        control.run_due(world)
        fault = world.faults.take(method, path)
        if fault and fault.kind in {"before", "limited"}:
            raise _BEFORE[fault.kind]
        known = keys.begin(world, key, path, params) if key else None
    if known is not None:
        return known["status"], known["body"], {"Idempotency-Key": key, "Idempotent-Replayed": "true"}
    if fault and fault.kind == "held":
        world.faults.hold()
    return _carry_out(world, work, refs, params, key, fault)


_BEFORE = {
    "before": ApiError(503, "The service is not available just now."),
    "limited": ApiError(429, "Too many requests hit the API too quickly.", code="rate_limit"),
}


def _carry_out(
    world: World, work: Any, refs: tuple[str, ...], params: dict[str, Any], key: str, fault: Fault | None
) -> tuple[int, Any, dict[str, str]]:
    """Do it, and keep the answer for its key before anybody sees it."""
    with world.store.lock:
        try:
            status, answer = 200, work(world, params, *refs)
        except ApiError as error:
            status, answer = error.status, {"error": error.error}
        except Exception:
            log.exception("a call failed")
            status, answer = 500, {"error": {"type": "api_error", "message": "The stand-in failed."}}
        if fault and fault.kind == "after":
            status, answer = 500, {"error": {"type": "api_error", "message": "An error was ordered, after the effect."}}
        if key:
            keys.end(world, key, status, answer)
        world.store.flush()
    if fault and fault.kind == "lost":
        raise Cut
    return status, answer, {"Idempotency-Key": key} if key else {}


def _check_sender(world: World, headers: Mapping[str, str]) -> None:
    """Refuse a wrong key of the account and another version than the one that is spoken here."""
    _check_key(world, headers.get("authorization"))
    version = headers.get("stripe-version")
    if version != VERSION:
        raise ApiError(400, f"Invalid Stripe API version: {version}. The stand-in speaks {VERSION}.")


def _check_key(world: World, authorization: str | None) -> None:
    """Refuse whoever does not send the account's key, as a bearer or as the name of a basic sign-in."""
    scheme, _blank, told = (authorization or "").partition(" ")
    if scheme.lower() == "basic":
        told = base64.b64decode(told + "==").decode("utf-8", "replace").partition(":")[0]
    if not told:
        raise ApiError(401, "You did not provide an API key.")
    if not hmac.compare_digest(told.encode(), world.key.encode()):
        raise ApiError(401, f"Invalid API Key provided: {told[:8]}****", code="api_key_invalid")
