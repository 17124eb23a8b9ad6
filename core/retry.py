"""Retries at the edge: a whole transaction again, with the same key, never a part of one."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, OperationalError, connection

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
    """Run ``call``; on a deadlock, lock timeout or lost connection run it again, at most ``attempts`` times in all."""
    if connection.in_atomic_block:
        raise RuntimeError("core.retry works on whole transactions; it was called inside one")
    for attempt in range(1, attempts + 1):
        try:
            return call()
        except DatabaseError as error:
            if attempt == attempts or not is_transient(error):
                raise
            connection.close_if_unusable_or_obsolete()
            time.sleep(0.01 * 2**attempt * (1 + random.random()))  # noqa: S311 - jitter, not a secret
    raise AssertionError("unreachable")
