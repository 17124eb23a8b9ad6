"""Identifiers that can be given before a row is written, and still sort by time."""

import os
import time
import uuid


def uuid7() -> uuid.UUID:
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then random bits.

    Rows whose children must be written first (journal transactions, applications) get their key here; being
    ordered by time, such keys don't scatter an index.
    """
    value = int(time.time() * 1000) << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0x3 << 62) | 2 << 62
    return uuid.UUID(int=value & (1 << 128) - 1)
