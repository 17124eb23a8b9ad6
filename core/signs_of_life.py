"""Signs of life: the relay, the broker and the workers of each queue, as the database knows them.

The relay writes its own, asks each queue for an answer by way of the broker, and notes that the broker took it. Whoever
works on a queue writes one when it takes that question, or any job.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.db.models import F, Q
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from core.clock import database_now
from core.models import PartSeen

RELAY, BROKER, QUEUE = "relay", "broker", "queue "
EVERY = timedelta(seconds=30)
"""Between two signs of one process."""
ASK_AGAIN = timedelta(seconds=120)
"""A question that nobody answered for so long may be lost."""
LATE = timedelta(minutes=5)
"""A part that gave no sign for so long does not work."""

_noted: dict[str, float] = {}


@dataclass(frozen=True, slots=True)
class Sign:
    """What is known of a part; ``age`` is that of its latest sign, None while it never gave one."""

    part: str
    age: timedelta | None
    is_silent: bool

    @property
    def age_told(self) -> str:
        """The age in words."""
        return told(self.age)

    @property
    def queue(self) -> str:
        """The queue that it works on; empty for relay and broker."""
        return self.part.removeprefix(QUEUE) if self.part.startswith(QUEUE) else ""


def parts() -> list[str]:
    """All that should give signs."""
    return [RELAY, BROKER, *(QUEUE + queue for queue in sorted(settings.CELERY_TASK_QUEUES))]


def note(part: str) -> None:
    """Write that this part is alive."""
    row = PartSeen(part=part, seen_at=database_now())
    PartSeen.objects.bulk_create([row], update_conflicts=True, unique_fields=["part"], update_fields=["seen_at"])


def note_queue(queue: str) -> None:
    """Write that somebody works on this queue, at most now and then; a database that is away hinders no work."""
    if time.monotonic() - _noted.get(queue, float("-inf")) < EVERY.total_seconds():
        return
    _noted[queue] = time.monotonic()
    try:
        note(QUEUE + queue)
    except (DatabaseError, InterfaceError):
        del _noted[queue]


def beat(ask: Callable[[str], None], check_broker: Callable[[], None]) -> None:
    """The relay's sign, and its questions; ``ask`` sends one to a queue. Raises what these two do."""
    note(RELAY)
    for queue in _to_ask(parts()):
        ask(queue)
    check_broker()
    note(BROKER)


def _to_ask(known: Sequence[str]) -> list[str]:
    """The queues whose turn it is: of several relays one alone asks, and nobody asks a silent queue ever more."""
    PartSeen.objects.bulk_create([PartSeen(part=part) for part in known], ignore_conflicts=True)
    at = database_now()
    answered = Q(asked_at__lte=at - EVERY, seen_at__gte=F("asked_at"))
    due = PartSeen.objects.filter(Q(asked_at__isnull=True) | answered | Q(asked_at__lte=at - ASK_AGAIN))
    queues = [part for part in known if part.startswith(QUEUE)]
    return [part.removeprefix(QUEUE) for part in queues if due.filter(part=part).update(asked_at=at)]


def signs() -> list[Sign]:
    """What is known of every part; empty while no relay has ever run."""
    rows = {row.part: row for row in PartSeen.objects.all()}
    at = database_now()
    return [_sign(part, rows.get(part), at) for part in parts()] if rows else []


def _sign(part: str, row: PartSeen | None, at: datetime) -> Sign:
    if row is None:
        return Sign(part, None, is_silent=True)
    age = max(at - row.seen_at, timedelta()) if row.seen_at else None
    return Sign(part, age, is_silent=at - (row.seen_at or row.since) > LATE)


def silent(found: Iterable[Sign]) -> list[Sign]:
    """Those that don't work; without a relay nothing is known of the broker, without either nothing of the queues."""
    late = [sign for sign in found if sign.is_silent]
    return late[:1] if late and late[0].part in {RELAY, BROKER} else late


def told(time: timedelta | None) -> str:
    """A length of time in words; a dash for none."""
    if time is None:
        return "-"
    if time < timedelta(minutes=1):
        return _("%(n)s s") % {"n": int(time.total_seconds())}
    at = timezone.now()
    return timesince(at - time, at, depth=1)
