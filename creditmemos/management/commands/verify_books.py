"""Prove the books: ``bin/offset verify_books``."""

from itertools import groupby

from django.core.management.base import BaseCommand, CommandError

from creditmemos.verification import INVARIANTS, breaches, one_moment


class Command(BaseCommand):
    """Print a line per invariant, and the rows concerned where one is broken; exit code 1 on any breach."""

    help = "Prove every invariant over the whole database; exits 1 on any breach."
    requires_system_checks: list[str] = []

    def handle(self, *_args: object, **_options: object) -> None:
        """Check everything at one moment and report."""
        with one_moment():
            found = {code: list(group) for code, group in groupby(breaches(), key=lambda each: each.invariant)}
        for code, meaning in INVARIANTS.items():
            broken = found.get(code, [])
            self.stdout.write(f"{code:<4} {'BROKEN' if broken else 'ok':<7} {meaning}")
            for breach in broken:
                self.stdout.write(f"     {breach.says}: {breach.what} {', '.join(breach.ids)}")
        if found:
            raise CommandError(f"The books do not balance: {', '.join(found)}.", returncode=1)
