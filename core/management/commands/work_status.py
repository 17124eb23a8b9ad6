"""``bin/offset work_status --max-age 900``: how the work after commit stands, with an exit code for alarms."""

import sys
from datetime import timedelta

from django.core.management.base import BaseCommand, CommandParser

from core import signs_of_life
from core.health import Health
from core.signs_of_life import RELAY, Sign
from core.work_status import late, troubles, waiting


class Command(BaseCommand):
    """Tells, and ends with 1 when a part does not work or something waits for too long."""

    help = "Show open work by topic and queue, and which parts work; exit code 1 when a person should look."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--max-age", type=int, metavar="SECONDS", help="end with 1 when a piece of work waits for longer"
        )

    def handle(self, *_args: object, max_age: int | None, **_options: object) -> None:
        """Print the figures, then a sentence for each trouble."""
        problems = Health().problems()
        wrong = [f"{part} does not work: {problem}" for part, problem in problems.items()]
        if "database" in problems:
            self._end(wrong)
        found, signs = waiting(), signs_of_life.signs()
        for each in found:
            self.stdout.write(
                f"{each.queue}: {each.topic} ({each.handler}): {each.count} open, the oldest waits {each.oldest_told}"
            )
        if not found:
            self.stdout.write("No work is open.")
        for sign in signs:
            self.stdout.write(f"{sign.part}: " + ("-" if sign.age is None else f"a sign of life {sign.age_told} ago"))
        wrong += troubles(signs or [Sign(RELAY, None, is_silent=True)])
        if max_age is not None:
            wrong += late(found, timedelta(seconds=max_age))
        self._end(wrong)

    def _end(self, wrong: list[str]) -> None:
        for sentence in wrong:
            self.stderr.write(sentence)
        if wrong:
            sys.exit(1)
