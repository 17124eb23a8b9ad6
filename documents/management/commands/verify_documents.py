"""``bin/offset verify_documents``: reads every stored PDF and compares it with its record (I15)."""

import sys

from django.core.management.base import BaseCommand, CommandParser

from core.clock import database_now
from documents.storage.verification import Verification, orphans


class Command(BaseCommand):
    """Prints a line per breach and a summary; exits 1 when there was any."""

    help = "Prove that every stored document has its recorded bytes, and tell what no document names."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--no-orphans", action="store_true", help="do not walk the storage for bytes that nothing names"
        )

    def handle(self, *_args: object, no_orphans: bool = False, **_options: object) -> None:
        """Breaches first, as they are found; then what is left over, which is only told."""
        verification = Verification()
        for breach in verification.breaches():
            self.stdout.write(breach)
        if not no_orphans:
            self._tell_orphans()
        found = verification.found
        kinds = "".join(f", {count} {kind}" for kind, count in sorted(found.items()))
        read = f"{verification.documents} stored files, {verification.bytes} bytes read"
        self.stdout.write(f"I15 {'BROKEN' if found else 'ok'}: {read}, {found.total()} breaches{kinds}")
        if found:
            sys.exit(1)

    def _tell_orphans(self) -> None:
        count = size = 0
        try:
            for kept in orphans(database_now()):
                self.stdout.write(f"{kept.name}: named by no document, {kept.size} bytes of {kept.written_at:%Y-%m-%d}")
                count, size = count + 1, size + kept.size
        except OSError as error:
            self.stdout.write(f"The storage can't be walked for what no document names: {error}")
            return
        self.stdout.write(f"Named by no document for a day or longer: {count} files of {size} bytes")
