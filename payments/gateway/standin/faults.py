"""Faults on demand: what happens to a request that is fine in itself."""

import random
import re
import threading
from dataclasses import dataclass
from typing import Any

from payments.gateway.standin.errors import ApiError

KINDS = ("lost", "before", "after", "limited", "held")
"""In this order: done, and the connection closed without an answer; 503, nothing done; done, but 500, which is what the
key keeps; 429, nothing done; kept waiting, its key in use, until the faults are taken back."""

LONGEST_HOLD = 30.0
"""Seconds."""


@dataclass
class Fault:
    """One that was ordered, for the next ``times`` requests that it fits."""

    kind: str
    path: str = "/v1/"
    method: str = "POST"
    times: int = 1


class Faults:
    """Those ordered one by one, and those that come by chance at given rates (parts of 1)."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - the same each time
        self.ordered: list[Fault] = []
        self.rates: dict[str, float] = {}
        self.met: dict[str, int] = {}
        self._released = threading.Event()

    def order(self, told: dict[str, Any]) -> None:
        """Take an order: one fault, or ``rates`` (with a ``seed``) for all changing requests from now on."""
        if "rates" in told:
            rates = {str(kind): float(rate) for kind, rate in told["rates"].items()}
            if set(rates) - set(KINDS):
                raise ApiError(400, f"Faults are {', '.join(KINDS)}.")
            self.rates = rates
            self._random = random.Random(told.get("seed", 1))  # noqa: S311 - the same each time
            return
        fault = Fault(**told)
        if fault.kind not in KINDS:
            raise ApiError(400, f"Faults are {', '.join(KINDS)}.")
        self.ordered.append(fault)

    def clear(self) -> None:
        """Do nothing odd any more."""
        self.ordered, self.rates, self.met = [], {}, {}
        self._released.set()
        self._released = threading.Event()

    def hold(self) -> None:
        """Wait until the faults are taken back."""
        self._released.wait(LONGEST_HOLD)

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets."""
        found = next((each for each in self.ordered if each.method == method and re.match(each.path, path)), None)
        if found is not None:
            found.times -= 1
            if found.times <= 0:
                self.ordered.remove(found)
        elif method == "POST" and self.rates:
            found = self._by_chance()
        if found is not None:
            self.met[found.kind] = self.met.get(found.kind, 0) + 1
        return found

    def _by_chance(self) -> Fault | None:
        drawn = self._random.random()
        for kind, rate in self.rates.items():
            if drawn < rate:
                return Fault(kind)
            drawn -= rate
        return None
