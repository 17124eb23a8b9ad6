"""``bin/offset tidy``: throw away what nobody needs any more; run each night, and again as often as one likes."""

from django.core.management.base import BaseCommand

from core import restoring
from core.tidying import tidy


class Command(BaseCommand):
    """Says what it removed; two at once share the work."""

    help = "Remove expired sessions and archives, and finished work that is older than OFFSET_KEEP_WORK days."

    def handle(self, *_args: object, **_options: object) -> None:
        """Remove and tell."""
        for name, count in tidy().items():
            self.stdout.write(f"{name}: {count} removed")
        restoring.forget()
