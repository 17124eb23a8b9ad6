"""Events: noted when something changes, and sent to the one address that was named, signed, again when it fails."""

import heapq
import http.client
import json
import logging
import random
import threading
import time
import urllib.request
from dataclasses import dataclass
from itertools import count
from typing import Any

from payments.gateway.signatures import sign
from payments.gateway.standin.store import Store, Thing, public

PAUSES = (0.5, 2.0, 8.0)
"""Seconds before a delivery is tried again; Stripe's test mode tries three times too, over hours."""
PATIENCE = 10.0
log = logging.getLogger(__name__)


@dataclass
class Delivery:
    """Where events go, and what is done to them: parts of 1, and seconds."""

    url: str = ""
    secrets: tuple[str, ...] = ()
    is_on: bool = True
    duplicates: float = 0.0
    jitter: float = 0.0
    delay: float = 0.0


class Hooks:
    """The events and the thread that delivers them."""

    def __init__(self, store: Store, version: str) -> None:
        self.store = store
        self.version = version
        self.to = Delivery()
        self._random = random.Random(store.seed)  # noqa: S311 - faults are to be the same each time
        self._waiting: list[tuple[float, int, int, str]] = []
        self._count = count()
        self._ready = threading.Condition()
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Still())

    def tell(self, kind: str, thing: Thing) -> None:
        """Note that this happened to an object, and send it. The caller holds the store's lock."""
        store = self.store
        event = {
            "id": store.new_id("evt"),
            "object": "event",
            "api_version": self.version,
            "created": store.now(),
            "data": {"object": public(thing)},
            "livemode": False,
            "pending_webhooks": int(bool(self.to.url and self.to.is_on)),
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
            "_place": store.state["made"],
        }
        store.add(json.loads(json.dumps(event)))
        if self.to.url and self.to.is_on:
            copies = 1 + (self._random.random() < self.to.duplicates)
            for _copy in range(copies):
                self._queue(self.to.delay + self._random.random() * self.to.jitter, 0, event["id"])

    def send_again(self, ref: str) -> None:
        """Send an event once more, whenever it came."""
        self._queue(0, 0, ref)

    def _queue(self, seconds: float, tries: int, ref: str) -> None:
        with self._ready:
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._count), tries, ref))
            self._ready.notify()

    def run(self) -> None:
        """Deliver, until the process ends; first what was not delivered when it ended before."""
        with self.store.lock:
            left = [event["id"] for event in self.store.all("event") if event["pending_webhooks"]]
        for ref in left:
            self._queue(0, 0, ref)
        while True:
            with self._ready:
                while not self._waiting or self._waiting[0][0] > time.monotonic():
                    self._ready.wait(self._waiting[0][0] - time.monotonic() if self._waiting else None)
                _at, _number, tries, ref = heapq.heappop(self._waiting)
            if not self._deliver(ref) and tries < len(PAUSES):
                self._queue(PAUSES[tries], tries + 1, ref)

    def _deliver(self, ref: str) -> bool:
        """Whether it was taken, or nobody wants it any more."""
        if not self.to.url:
            return True
        with self.store.lock:
            event = self.store.get("event", ref)
            body = json.dumps(public(event)).encode()
        header = sign(body, secrets=self.to.secrets, stamp=int(time.time()))
        request = urllib.request.Request(  # noqa: S310 - the address was named by whoever started this process
            self.to.url, body, {"Content-Type": "application/json", "Stripe-Signature": header}
        )
        try:
            with self._opener.open(request, timeout=PATIENCE) as answer:
                fine = bool(200 <= answer.status < 300)  # noqa: PLR2004 - what HTTP calls success
        except (OSError, ValueError, http.client.HTTPException) as error:
            log.warning("event %s was not taken: %s", ref, error)
            return False
        with self.store.lock:
            self.store.change(event, pending_webhooks=0)
        return fine


class _Still(urllib.request.HTTPRedirectHandler):
    """A redirect is a failure, as it is for Stripe."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        return None
