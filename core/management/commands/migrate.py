"""``bin/offset migrate``: Django's, one at a time on a database, and with the guards in place when it fails."""

from typing import Any

from django.core.management.commands import migrate
from django.db import connections

from core.migrating import guards_kept, one_at_a_time


class Command(migrate.Command):
    """Takes the place of Django's command of that name."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait for another migrate, then do what is left to do."""
        connection = connections[options["database"]]
        with one_at_a_time(connection, self.stderr.write), guards_kept(connection, self.stderr.write):
            super().handle(*args, **options)
