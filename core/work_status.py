"""How the work after commit stands: what waits for how long, and which part does not work, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, F, Min, Q, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import outbox, signs_of_life
from core.clock import database_now
from core.labels import VERBS
from core.models import OutboxJob
from core.signs_of_life import BROKER, LATE, RELAY, Sign, told
from core.spelling import present


@dataclass(frozen=True, slots=True)
class Waiting:
    """Open work of one kind; ``oldest`` is how long the oldest piece waits to be done, None when none is due."""

    topic: str
    handler: str
    queue: str
    count: int
    oldest: timedelta | None

    @property
    def job(self) -> str:
        """What the work is, in words."""
        return outbox.label_of(self.topic, self.handler)

    @property
    def about(self) -> str:
        """What it followed, in words; empty for what no audit row says."""
        return str(VERBS.get(present(self.topic), ""))

    @property
    def oldest_told(self) -> str:
        """How long the oldest piece waits, in words."""
        return told(self.oldest)


def waiting(marketplace_id: int | None = None) -> list[Waiting]:
    """Open work by topic and handler, of one marketplace or of all, queue after queue.

    A job waits from its event on, or, once it was tried, from the end of its rest. What somebody works on, or what
    rests after a failure, is open and does not wait.
    """
    at = database_now()
    jobs = OutboxJob.objects.open()
    if marketplace_id is not None:
        jobs = jobs.filter(marketplace_id=marketplace_id)
    since = Case(
        When(Q(attempts=0), then=F("created_at")),
        When(Q(next_at__lte=at) | Q(handed__gt=0, token__isnull=True), then=F("next_at")),
    )
    rows = jobs.values_list("topic", "handler").annotate(count=Count("pk"), since=Min(since))
    found = [
        Waiting(topic, handler, outbox.queue_of(topic, handler), count, max(at - began, timedelta()) if began else None)
        for topic, handler, count, began in rows
    ]
    return sorted(found, key=lambda each: (each.queue, each.topic, each.handler))


def troubles(found: Sequence[Sign]) -> list[str]:
    """A sentence for each part that does not work."""
    return [_sentence(sign) for sign in signs_of_life.silent(found)]


def known_troubles() -> list[str]:
    """The same for pages; where no relay has ever run, only when something waits for it."""
    found = signs_of_life.signs()
    if found:
        return troubles(found)
    jobs = OutboxJob.objects.open().filter(attempts=0, created_at__lt=database_now() - LATE)
    return [_sentence(Sign(RELAY, None, is_silent=True))] if jobs.exists() else []


def late(found: Sequence[Waiting], longest: timedelta) -> list[str]:
    """A sentence for each kind of work of which a piece waits for longer."""
    return [
        ngettext(
            "%(count)s job of %(topic)s (%(handler)s) has been waiting for %(time)s in the queue %(queue)s.",
            "%(count)s jobs of %(topic)s (%(handler)s) are waiting, the oldest for %(time)s, in the queue %(queue)s.",
            each.count,
        )
        % {
            "count": each.count,
            "topic": each.topic,
            "handler": each.handler,
            "time": told(each.oldest),
            "queue": each.queue,
        }
        for each in found
        if each.oldest is not None and each.oldest > longest
    ]


def _sentence(sign: Sign) -> str:
    words = {"time": told(sign.age), "queue": sign.queue}
    never = sign.age is None
    if sign.part == RELAY:
        if never:
            return _("No relay has reported yet: mails and PDFs are delayed.")
        return _("No relay has reported for %(time)s: mails and PDFs are delayed.") % words
    if sign.part == BROKER:
        if never:
            return _("The broker has not answered the relay yet: mails and PDFs are delayed.")
        return _("The broker has not answered the relay for %(time)s: mails and PDFs are delayed.") % words
    if never:
        return _("No worker has taken anything from the queue %(queue)s yet: its jobs are delayed.") % words
    return _("No worker has taken anything from the queue %(queue)s for %(time)s: its jobs are delayed.") % words
