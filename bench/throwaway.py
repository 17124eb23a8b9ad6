"""A PostgreSQL database for one measurement, with Django set up on it; everything goes when the process ends."""

import atexit
import os
import re
import secrets
import sys
import tempfile
from pathlib import Path

import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def prepare() -> str:
    """Make the database on ``DATABASE_URL``'s server or on a server of its own, migrate it, and return its address.

    A server of its own runs with fsync, synchronous_commit and the default memory, as in production.
    """
    from tests.support import postgres

    address = os.environ.get("DATABASE_URL", "")
    if not address.startswith("postgres"):
        postgres.OPTIONS.update({"fsync": "on", "full_page_writes": "on"})
        server = postgres.PostgresServer()
        atexit.register(server.remove)
        server.start()
        address = server.url("postgres")
    name = f"bench_{secrets.token_hex(4)}"
    with psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    atexit.register(_drop, address, name)
    os.environ["DATABASE_URL"] = re.sub(r"(://[^/?]*/)[^?]*", rf"\g<1>{name}", address, count=1)
    os.environ.setdefault("OFFSET_DATA", tempfile.mkdtemp(prefix="offset-bench-"))
    os.environ.setdefault("OFFSET_SECRET_KEY", "a key for measurements")
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    os.environ.update(OFFSET_HTTPS="no", OFFSET_COLLECTED_STATIC="no", OFFSET_HOSTS="testserver")
    os.environ["OFFSET_LOG_LEVEL"] = "WARNING"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    return os.environ["DATABASE_URL"]


def join() -> None:
    """Set Django up on the database that another process made and named in this one's environment."""
    import django

    django.setup()


def _drop(address: str, name: str) -> None:
    try:
        with psycopg.connect(address, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    except psycopg.OperationalError:
        return  # The server of our own is gone already, and its data with it.
