"""Retries at the edge: a whole transaction again, with the same key, never a part of one."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, OperationalError, connection

from core.errors import guards_as_refusals

Result = TypeVar("Result")
RETRIED = {"40001", "40P01", "55P03", "57P01", "08000", "08003", "08006"}
"""Serialization failure, deadlock, lock timeout, shutdown, lost connection (PostgreSQL SQLSTATE, appendix A)."""


def is_transient(error: DatabaseError) -> bool:
    """Whether the same transaction may well succeed when it is run again."""
    state = getattr(error.__cause__, "sqlstate", None)
    if state in RETRIED:
        return True
    return isinstance(error, OperationalError) and (state is None) and connection.vendor == "postgresql"


def retry(call: Callable[[], Result], *, attempts: int = 3) -> Result:
    """Run one operation for an edge (view, task, command) and return its result.

    On a deadlock, lock timeout or lost connection it is run again, at most ``attempts`` times in all. A database
    guard that stops it is raised as the refusal that a person can read.
    """
    if _inside_a_transaction():
        raise RuntimeError("core.retry works on whole transactions; it was called inside one")
    for attempt in range(1, attempts + 1):
        try:
            with guards_as_refusals():
                return call()
        except DatabaseError as error:
            if attempt == attempts or not is_transient(error):
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.01 * 2**attempt * (1 + random.random()))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")


def _inside_a_transaction() -> bool:
    """Whether a transaction of the product is open; the one that Django wraps around a test case does not count."""
    return any(not getattr(block, "_from_testcase", False) for block in connection.atomic_blocks)
