"""Identifiers: those that can be given before a row is written and still sort by time, and those that people send."""

import os
import threading
import time
import uuid

MAX_ID = 2**63 - 1
"""The greatest id that either database can look up."""
_DIGITS = len(str(MAX_ID))
"""Python refuses to read numbers of thousands of digits, and no id has them."""

_MILLISECOND = 1_000_000
_STEPS = 1 << 12
"""Steps of a millisecond: what 12 bits tell apart, a quarter of a microsecond."""

_turn = threading.Lock()
_last = 0


def read_id(text: str) -> int:
    """The id that a page or a program sent as text; 0, which no row has, when it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS:
        return 0
    number = int(text)
    return number if number <= MAX_ID else 0


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, sections 5.7 and 6.2, method 3): 60 bits of time, then random bits.

    Rows whose children must be written first (journal transactions, applications) get their key here; being
    ordered by time, such keys don't scatter an index. Those of one process come in the order they were asked for,
    also when the clock stands still or is put back.
    """
    global _last  # noqa: PLW0603 - the process's last moment
    milliseconds, rest = divmod(time.time_ns(), _MILLISECOND)
    with _turn:
        _last = moment = max(milliseconds * _STEPS + rest * _STEPS // _MILLISECOND, _last + 1)
    milliseconds, step = divmod(moment, _STEPS)
    chance = int.from_bytes(os.urandom(8)) >> 2
    return uuid.UUID(int=milliseconds << 80 | 7 << 76 | step << 64 | 2 << 62 | chance)
