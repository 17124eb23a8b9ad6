"""Who waits for a renderer: a worker as long as it takes; pages shortly and few at a time, so that others go on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils.translation import gettext as _

MOST_PAGES = 2
"""Pages of this process that may be busy with a renderer; a web process has four threads for all it does."""
PATIENCE = 10.0
"""Seconds that a page waits for another one's document."""
OWN_PATIENCE = 5.0
"""Seconds that it waits for another page of the same person: a preview is under way when they publish."""

_whose: ContextVar[Callable[[], object] | None] = ContextVar("whose page it is", default=None)
_people: set[object] = set()
_door = threading.Condition()
_waiting = threading.Lock()
"""Held by the one page of this process that waits for another one of the same person."""


class TurnRefused(Exception):
    """A page does not get a renderer now; the text tells people why."""


@contextmanager
def page_of(person: Callable[[], object]) -> Iterator[None]:
    """Within, renderers are asked for a page; ``person`` says whose it is, when one is asked."""
    mark = _whose.set(person)
    try:
        yield
    finally:
        _whose.reset(mark)


@contextmanager
def taken(turn: threading.Lock, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the turn of a renderer. Raises TurnRefused when a page would have to wait too long, or is one too many."""
    whose = _whose.get()
    if whose is None:
        with turn:
            yield
        return
    with _admitted(whose()):
        if not turn.acquire(timeout=patience):
            raise TurnRefused(_("Other documents are being created at the moment. Please try again."))
        try:
            yield
        finally:
            turn.release()


@contextmanager
def _admitted(person: object) -> Iterator[None]:
    with _door:
        if person in _people and not _own_is_done(person):
            raise TurnRefused(_("Another document is still being created for you. Please try again in a moment."))
        if len(_people) >= MOST_PAGES:
            raise TurnRefused(_("Other documents are being created at the moment. Please try again."))
        _people.add(person)
    try:
        yield
    finally:
        with _door:
            _people.discard(person)
            _door.notify_all()


def _own_is_done(person: object) -> bool:
    """Wait for the person's other page, unless a page waits like this already: threads are left for others."""
    if not _waiting.acquire(blocking=False):
        return False
    try:
        return _door.wait_for(lambda: person not in _people, timeout=OWN_PATIENCE)
    finally:
        _waiting.release()
