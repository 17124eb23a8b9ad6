"""The stand-in for Stripe as a process of its own, on a free port: what tests ask of the gateway goes to it.

With `OFFSET_STRIPE_TEST_KEY` the tests of the contract run against Stripe's test mode as well.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode
from urllib.request import HTTPRedirectHandler, OpenerDirector, ProxyHandler, Request, build_opener

from payments.gateway.protocol import Gateway
from payments.gateway.stripe_adapter import API_VERSION, StripeGateway
from tests.support.stack import ROOT

KEY = "sk_test_standin"
PATIENCE = 30  # seconds


class Standin:
    """One process. ``pause`` are the seconds of its clock until debits and slow refunds settle: long, so that a test
    that wants them moves the clock (``advance``) and nothing happens by itself."""

    def __init__(self, *arguments: str, pause: int = 3600) -> None:
        self._arguments = ["--port", "0", "--pause", str(pause), *arguments]
        self._opener = build_opener(ProxyHandler({}))
        self.process: subprocess.Popen[str] | None = None
        self.address = ""

    def start(self) -> None:
        """Start it, and wait until it says where it listens."""
        command = [sys.executable, "-m", "payments.gateway.standin", *self._arguments]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        if not self.address.startswith("http://127.0.0.1:"):
            raise RuntimeError("the stand-in did not start")

    def stop(self) -> None:
        """End it."""
        if self.process is not None and self.process.stdout is not None:
            self.process.terminate()
            self.process.wait(timeout=PATIENCE)
            self.process.stdout.close()
        self.process = None

    def gateway(self) -> Gateway:
        """The adapter, connected to it."""
        return StripeGateway(KEY, base_address=self.address)

    def tell(self, address: str, /, **told: Any) -> Any:
        """Ask one of its own addresses, such as `/_faults`; what it answers."""
        return self._ask("POST", address, json.dumps(told).encode())

    def read(self, address: str) -> Any:
        """GET one of its own addresses."""
        return self._ask("GET", address)

    def _ask(self, method: str, address: str, body: bytes | None = None) -> Any:
        headers = {"Authorization": f"Bearer {KEY}", "Stripe-Version": API_VERSION}
        request = Request(f"{self.address}{address}", body, headers, method=method)  # noqa: S310 - always the loopback
        with self._opener.open(request, timeout=PATIENCE) as answer:
            return json.loads(answer.read())

    def advance(self, seconds: int) -> None:
        """Move its clock; what becomes due happens."""
        self.tell("/_clock", advance=seconds)

    def fault(self, kind: str, path: str = "/v1/", **more: Any) -> None:
        """Order a fault for the next POST to this path."""
        self.tell("/_faults", kind=kind, path=path, **more)

    def calm(self) -> None:
        """Take back all faults that were ordered."""
        self._ask("DELETE", "/_faults")

    def books(self) -> dict[str, dict[str, int]]:
        """What each charge received, gave back and lost, in the provider's units."""
        found: dict[str, dict[str, int]] = self.read("/_books")
        return found

    def submit(self, address: str, **form: str) -> str:
        """Send a form of one of its hosted pages as a browser does; where that leads."""
        opener: OpenerDirector = build_opener(ProxyHandler({}), _Stay())
        request = Request(address, urlencode(form).encode())  # noqa: S310 - always the loopback
        with opener.open(request, timeout=PATIENCE) as answer:
            return str(answer.headers.get("Location") or "")


class _Stay(HTTPRedirectHandler):
    """Don't follow: the shop that it leads to is not running."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None

    def http_error_303(self, _request: Any, answer: Any, *_more: Any) -> Any:
        return answer


@contextmanager
def running(*arguments: str, pause: int = 3600) -> Iterator[Standin]:
    """A stand-in while the block runs."""
    standin = Standin(*arguments, pause=pause)
    standin.start()
    try:
        yield standin
    finally:
        standin.stop()


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within our patience: for webhooks, which come from a thread of its own."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()
