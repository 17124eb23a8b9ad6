"""``bin/offset release_restored``: what a restored copy holds back, and letting it go."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import consumer, outbox, restoring
from core.models import OutboxJob
from core.models.outbox import OutboxJobQuerySet

REASON = "Dropped when the restored copy was released: the original did it."


def day(text: str) -> date:
    """Read a day as it is typed."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no day like 2026-11-29") from None


class Command(BaseCommand):
    """Without an option it only tells; nothing leaves the copy before ``--release``."""

    help = "Show the mails that a restored copy (OFFSET_RESTORED=yes) holds, or release them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--release", action="store_true", help="let it go from now on")
        parser.add_argument(
            "--drop-before", type=day, metavar="DAY", help="give up what happened before this day (UTC), then release"
        )

    def handle(self, *_args: object, release: bool, drop_before: date | None, **_options: object) -> None:
        """Tell, drop, release."""
        if not settings.RESTORED:
            raise CommandError("This is no restored copy: OFFSET_RESTORED is not set, so nothing is held.")
        if not restoring.is_held():
            raise CommandError("It is released already. Take OFFSET_RESTORED out of the settings and start the parts.")
        self._tell("waiting")
        if drop_before is not None:
            end = datetime.combine(drop_before, time(), UTC)
            dropped = consumer.give_up(_held().filter(at__lt=end), REASON)
            self.stdout.write(f"{dropped} dropped.")
            self._tell("left")
        if not release and drop_before is None:
            self.stdout.write("Nothing has left this copy. Release it with --release or --drop-before DAY.")
            return
        restoring.release()
        self.stdout.write("Released. Take OFFSET_RESTORED out of the settings and start the parts again.")

    def _tell(self, word: str) -> None:
        jobs = _held()
        oldest = jobs.order_by("at").values_list("at", flat=True).first()
        since = f", the oldest since {oldest:%Y-%m-%d %H:%M} UTC" if oldest else ""
        self.stdout.write(f"Mails, and work that becomes mails, {word}: {jobs.count()}{since}.")


def _held() -> OutboxJobQuerySet:
    return OutboxJob.objects.open().filter(handler__in=outbox.names_that_leave())
