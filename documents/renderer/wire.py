"""Messages between a process and its renderer: four bytes of length (big-endian), then as many bytes."""

import os
import struct
import sys
from typing import IO, BinaryIO

LONGEST = 64 * 1024 * 1024
"""Bytes of one message; a longer one is a mistake of the other side."""

_HEAD = struct.Struct(">I")


class BrokenPipe(Exception):
    """The other side went away in the middle of a message, or sent one that is too long."""


def answers() -> BinaryIO:
    """Standard output as the way to answer; whatever a library prints from now on goes to standard error."""
    stream = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return stream


def send(stream: IO[bytes], message: bytes) -> None:
    """Write one message and flush it."""
    if len(message) > LONGEST:
        raise ValueError(f"a message of {len(message)} bytes is longer than {LONGEST}")
    stream.write(_HEAD.pack(len(message)) + message)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """Read one message; None when the other side has closed the pipe. Raises BrokenPipe."""
    head = stream.read(_HEAD.size)
    if not head:
        return None
    if len(head) < _HEAD.size:
        raise BrokenPipe("the pipe ended inside a length")
    (length,) = _HEAD.unpack(head)
    if length > LONGEST:
        raise BrokenPipe(f"a message of {length} bytes was announced")
    message = stream.read(length)
    if len(message) < length:
        raise BrokenPipe("the pipe ended inside a message")
    return message
