"""``manage.py verify_documents``: reads every stored PDF and compares it with its record (I15)."""

import sys

from django.core.management.base import BaseCommand

from documents.models import StoredDocument
from documents.verification import breaches


class Command(BaseCommand):
    """Prints a line per breach and a summary; exits 1 when there was any."""

    help = "Prove that every stored document has its recorded bytes."

    def handle(self, *_args: object, **_options: object) -> None:
        found = 0
        for breach in breaches():
            found += 1
            self.stdout.write(breach)
        total = StoredDocument.objects.count()
        self.stdout.write(f"I15 {'ok' if not found else 'BROKEN'}: {total} stored documents, {found} breaches")
        if found:
            sys.exit(1)
