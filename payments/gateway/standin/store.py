"""What the stand-in remembers: objects in the order they came, its clock, and what is due later.

It lives in memory; with a file it is written through to SQLite after each request and read again at the next start.
Ids are made from a seed and a counter, so that the same calls make the same ids.
"""

import json
import sqlite3
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from payments.gateway.standin.errors import ApiError, missing

Thing = dict[str, Any]
"""An object of the API. What begins with an underscore is ours and never answered."""

DAY = 86_400
MOST = 100
_STATE = "_state"


class Store:
    """All objects. ``lock`` is held by whoever reads or changes anything."""

    def __init__(self, seed: int = 1, file: Path | None = None) -> None:
        self.lock = threading.RLock()
        self.seed = seed
        self._things: dict[str, Thing] = {}
        self._kinds: defaultdict[str, list[Thing]] = defaultdict(list)
        self._changed: set[str] = set()
        self._database = sqlite3.connect(file, check_same_thread=False) if file else None
        if self._database:
            self._load(self._database)
        self.state = self._things.setdefault(_STATE, {"object": _STATE, "made": 0, "ahead": 0, "due": []})

    def _load(self, database: sqlite3.Connection) -> None:
        database.execute("CREATE TABLE IF NOT EXISTS thing (place INTEGER PRIMARY KEY, id TEXT UNIQUE, body TEXT)")
        for ref, body in database.execute("SELECT id, body FROM thing ORDER BY place"):
            self._things[ref] = thing = json.loads(body)
            self._kinds[thing["object"]].append(thing)

    def flush(self) -> None:
        """Write what changed since the last time; nothing without a file."""
        changed, self._changed = self._changed, set()
        if self._database is None:
            return
        rows = [(ref, json.dumps(self._things[ref])) for ref in (*sorted(changed), _STATE) if ref in self._things]
        with self._database:
            self._database.executemany(
                "INSERT INTO thing (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body", rows
            )

    def now(self) -> int:
        """Seconds of its own clock."""
        return int(time.time()) + int(self.state["ahead"])

    def new_id(self, prefix: str) -> str:
        """An id that was never given before."""
        self.state["made"] += 1
        digest = sha256(f"{self.seed}/{self.state['made']}/{prefix}".encode()).hexdigest()
        return f"{prefix}_{digest[:24]}"

    def add(self, thing: Thing) -> Thing:
        """Keep a new object."""
        self._things[thing["id"]] = thing
        self._kinds[thing["object"]].append(thing)
        self._changed.add(thing["id"])
        return thing

    def change(self, thing: Thing, **values: Any) -> Thing:
        """Change an object."""
        thing.update(values)
        self._changed.add(thing["id"])
        return thing

    def get(self, kind: str, ref: str, param: str | None = None) -> Thing:
        """The object, or the error that Stripe gives; ``param`` is the parameter that named it."""
        thing = self._things.get(ref)
        if thing is None or thing["object"] != kind:
            raise missing(kind, ref, param)
        return thing

    def any(self, ref: object) -> Thing | None:
        """The object of this id, whatever its kind."""
        return self._things.get(ref) if isinstance(ref, str) else None

    def all(self, kind: str) -> Iterator[Thing]:
        """All of a kind, oldest first."""
        return iter(list(self._kinds[kind]))

    def page(self, kind: str, params: dict[str, Any], wanted: Callable[[Thing], bool], url: str) -> Thing:
        """One page, newest first, as Stripe cuts it by ``starting_after`` or ``ending_before``."""
        limit = params.get("limit", 10)
        if not 1 <= limit <= MOST:
            raise ApiError(400, f"Invalid limit: {limit} must be between 1 and 100", param="limit")
        created = params.get("created", {})
        found = [each for each in self.all(kind) if wanted(each) and _is_within(each["created"], created)][::-1]
        if "ending_before" in params:
            place = self._place(kind, params["ending_before"], "ending_before")
            newer = [each for each in found if self._place(kind, each["id"], "") > place]
            data, more = newer[-limit:], len(newer) > limit
        else:
            if "starting_after" in params:
                place = self._place(kind, params["starting_after"], "starting_after")
                found = [each for each in found if self._place(kind, each["id"], "") < place]
            data, more = found[:limit], len(found) > limit
        return {"object": "list", "data": [public(each) for each in data], "has_more": more, "url": url}

    def _place(self, kind: str, ref: str, param: str) -> int:
        return int(self.get(kind, ref, param or None)["_place"])

    def later(self, seconds: float, name: str, ref: str) -> None:
        """Note that something happens to an object, by its own clock."""
        self.state["due"].append([self.now() + seconds, name, ref])

    def due(self) -> list[tuple[str, str]]:
        """Take out what is due by now, in its order."""
        now = self.now()
        found = sorted(each for each in self.state["due"] if each[0] <= now)
        self.state["due"] = [each for each in self.state["due"] if each[0] > now]
        return [(name, ref) for _at, name, ref in found]


def _is_within(created: int, bounds: dict[str, int]) -> bool:
    """Whether a moment lies within bounds such as ``{"gte": 1}``."""
    return bounds.get("gt", -1) < created < bounds.get("lt", created + 1) and bounds.get(
        "gte", 0
    ) <= created <= bounds.get("lte", created)


def public(thing: Thing) -> Thing:
    """What is answered of an object: a copy without what is ours."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}
