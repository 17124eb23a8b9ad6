"""Races: what became of works that ran at once, and the same with the lock taken away."""

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection

from core import locking
from core.errors import Refusal, guard_name
from core.retry import retry
from tests.support.threads import together

THREADS = 16
OVERLAP_SECONDS = 0.1


def race(works: Sequence[Callable[[], object]]) -> Counter[str]:
    """Run the works at once, as an edge runs them; count how each ended: done, a refusal's class, or what broke."""
    return Counter(_ending(result) for result in together([_at_the_edge(work) for work in works]))


def bare_race(works: Sequence[Callable[[], object]]) -> Counter[str]:
    """The same without the edge's translation: a guard that stopped a work is counted by its name."""
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


def take_the_lock_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let everybody read without locking, and then wait until the others have read the same."""
    real = locking.lock

    def unlocked(queryset: Any) -> list[Any]:
        rows = list(queryset.order_by("pk"))
        time.sleep(OVERLAP_SECONDS)
        return rows

    for module in list(sys.modules.values()):
        if getattr(module, "lock", None) is real:
            monkeypatch.setattr(module, "lock", unlocked)


def deadlocks() -> int:
    """How many deadlocks PostgreSQL had to break in this database; it counts those of connections that ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
