"""The id of the request in hand: in each of its log lines, and in those of the work that it leaves behind."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LONGEST = 64
_SHAPE = re.compile(rf"[A-Za-z0-9_-]{{8,{LONGEST}}}")
_current: ContextVar[str] = ContextVar("the request in hand", default="")


def current() -> str:
    """The id of the request that this thread answers or works for; empty when nobody asked."""
    return _current.get()


def accepted(told: str) -> str:
    """The id that a proxy of ours told, or a new one when it told none that may stand in a log."""
    return told if _SHAPE.fullmatch(told) else uuid.uuid4().hex


@contextmanager
def working_for(request_id: str) -> Iterator[None]:
    """Within, all that happens is for this request."""
    mark = _current.set(request_id)
    try:
        yield
    finally:
        _current.reset(mark)
