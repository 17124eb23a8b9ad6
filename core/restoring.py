"""A restored copy does not mail what the original mails: with ``OFFSET_RESTORED`` what would leave it is held.

That are mails, and the work that plans them; runs, imports and PDFs go on. They are held until somebody releases this
very database; the row that says so is worth nothing in another one into which it was restored.
"""

from pathlib import Path

from django.conf import settings
from django.db import connection

from core.models import RestoreRelease

_IDENTITY = """
SELECT system_identifier || ' ' || (SELECT oid FROM pg_database WHERE datname = current_database())
FROM pg_control_system()
"""


def is_held() -> bool:
    """Whether what leaves waits for its release; asks the database only in a restored copy."""
    return bool(settings.RESTORED) and not RestoreRelease.objects.filter(database=identity()).exists()


def release() -> None:
    """Let this database mail."""
    RestoreRelease.objects.get_or_create(database=identity())


def forget() -> None:
    """No restored copy any more: the next one that is made of this database must be released anew."""
    if not settings.RESTORED:
        RestoreRelease.objects.all().delete()


def identity() -> str:
    """What this database has and no copy of it: of PostgreSQL server and database, of SQLite the file."""
    if connection.vendor == "sqlite":
        found = Path(connection.settings_dict["NAME"]).stat()
        return f"{found.st_dev} {found.st_ino}"
    with connection.cursor() as cursor:
        cursor.execute(_IDENTITY)
        return str(cursor.fetchone()[0])
