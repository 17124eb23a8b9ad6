"""Races: what became of works that ran at once, and the same with the lock taken away."""

import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection

from core import locking
from core.errors import Refusal, guard_name
from core.retry import retry
from tests.support.threads import together

THREADS = 16
MEET_SECONDS = 2


def race(works: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run the works at once, as an edge runs them; count how each ended: done, a refusal's class, or what broke."""
    return Counter(_ending(result) for result in together([_at_the_edge(work) for work in works]))


def bare_race(works: Sequence[Callable[[], object]], meeting: "Meeting") -> Counter[str]:
    """The same without the edge's translation: a guard that stopped a work is counted by its name."""
    meeting.expect(len(works))
    return Counter(_ending(result) for result in together(works))


def _at_the_edge(work: Callable[[], object]) -> Callable[[], object]:
    return lambda: retry(work, attempts=8)


def _ending(result: object) -> str:
    if isinstance(result, Refusal):
        return type(result).__name__
    if isinstance(result, IntegrityError):
        return guard_name(result)
    if isinstance(result, DatabaseError):
        return str(getattr(result.__cause__, "sqlstate", None) or result)
    return type(result).__name__ if isinstance(result, Exception) else "done"


class Meeting:
    """Where works that read without a lock wait, step by step, until all others have read the same.

    A step that fewer works take, or that somebody misses, ends after a moment for those who wait.
    """

    def __init__(self) -> None:
        self._works = 1
        self._steps: defaultdict[int, threading.Barrier] = defaultdict(lambda: threading.Barrier(self._works))
        self._mine = threading.local()
        self._turn = threading.Lock()

    def expect(self, works: int) -> None:
        """So many works take part from now on."""
        self._works = works

    def wait(self) -> None:
        """One step of one work."""
        self._mine.step = getattr(self._mine, "step", 0) + 1
        with self._turn:
            barrier = self._steps[self._mine.step]
        with suppress(threading.BrokenBarrierError):
            barrier.wait(MEET_SECONDS)


def take_the_lock_away(monkeypatch: pytest.MonkeyPatch) -> Meeting:
    """Let everybody read without locking, and then wait until the others have read the same."""
    meeting = Meeting()

    def unlocked(queryset: Any) -> list[Any]:
        rows = list(queryset.order_by("pk"))
        if rows:
            meeting.wait()
        return rows

    def unlocked_ids(rows: Any, ids: Iterable[int], **inside: int) -> list[Any]:
        return unlocked(rows.filter(pk__in=ids, **inside))

    for real, stand_in in ((locking.lock, unlocked), (locking.lock_ids, unlocked_ids)):
        for module in list(sys.modules.values()):
            if getattr(module, real.__name__, None) is real:
                monkeypatch.setattr(module, real.__name__, stand_in)
    return meeting


def deadlocks() -> int:
    """How many deadlocks PostgreSQL had to break in this database; it counts those of connections that ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
