"""Databases for tests: one migrated template, and copies of it.

A copy takes about 20 ms on PostgreSQL (CREATE DATABASE ... TEMPLATE) and 2 ms on SQLite (a file). Nothing is ever
flushed: the guards refuse to delete what was posted, in tests as in life.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections
from psycopg import sql

from tests.support import migrated

SHARED = "OFFSET_TEST_TEMPLATE"
"""Names the template that the parts of a suite have in common; the suite takes it away."""
_numbers = count(1)


def _prefix() -> str:
    """Names of this process's databases: unlike those of any other process that tests at the same time."""
    return f"test_offset_{os.getpid()}"


def is_postgres() -> bool:
    """Whether the tests run on PostgreSQL."""
    return connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def _shared_name() -> str:
    """The template's name on PostgreSQL, the same in every process of one run, or of one suite."""
    return os.environ.get(SHARED) or f"test_offset_{os.environ['OFFSET_TEST_RUN']}_template"


@dataclass(frozen=True)
class Copy:
    """A database made for one purpose: its name (a path on SQLite), and its address for other processes."""

    name: str
    url: str


def point_to(name: str) -> None:
    """Let Django use this database from now on, in every thread."""
    connection = connections[DEFAULT_DB_ALIAS]
    connection.close()
    connection.settings_dict["NAME"] = name
    assert connections.settings[DEFAULT_DB_ALIAS]["NAME"] == name


def current() -> str:
    """The name of the database that Django uses."""
    return str(connections[DEFAULT_DB_ALIAS].settings_dict["NAME"])


class Template:
    """The migrated database that all others are copies of; the processes of a run share the work of migrating."""

    def __init__(self) -> None:
        self.server = dict(connections[DEFAULT_DB_ALIAS].settings_dict)
        self.on_postgres = is_postgres()
        self.folder = Path(settings.DATA_DIR) / "databases"
        self.folder.mkdir(exist_ok=True)
        self.made: list[str] = []
        self.name = _shared_name() if self.on_postgres else self._fresh_name()

    def build(self) -> None:
        """Have it: made now, or before by another process."""
        if self.on_postgres:
            with migrated.one_at_a_time():
                if not self._is_there():
                    self._on_server("CREATE DATABASE {}", self.name)
                    self._migrate(self.name)
        else:
            self.made.append(self.name)
            migrated.copy_kept(self.name, self._migrate)
        point_to(self.name)

    def drop_shared(self) -> None:
        """Take away what the processes of this run had in common; for the one that began it, at the end."""
        if self.on_postgres and SHARED not in os.environ and self._is_there():
            self._on_server("DROP DATABASE {} WITH (FORCE)", self.name)

    def _migrate(self, name: str) -> None:
        """Run the migrations with the guards that follow them."""
        point_to(name)
        self._pragma("synchronous=OFF")  # A template that is half written is thrown away.
        call_command("migrate", verbosity=0, interactive=False)
        self._pragma("wal_checkpoint(TRUNCATE)")  # What is copied is one file.
        connections[DEFAULT_DB_ALIAS].close()

    def _is_there(self) -> bool:
        with psycopg.connect(**self._parameters(str(self.server["NAME"])), autocommit=True) as connection:
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [self.name]).fetchone()
        return found is not None

    def copy(self, source: str | None = None) -> Copy:
        """Make a new database like the template, or like another idle one of its copies."""
        name = self._fresh_name()
        if self.on_postgres:
            self._on_server("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY", name, source or self.name)
        else:
            shutil.copyfile(source or self.name, name)
        self.made.append(name)
        return Copy(name, self._url(name))

    def empty(self) -> Copy:
        """Make a database with nothing in it."""
        name = self._fresh_name()
        if self.on_postgres:
            self._on_server("CREATE DATABASE {} TEMPLATE template0", name)
        self.made.append(name)
        return Copy(name, self._url(name))

    def drop(self, name: str) -> None:
        """Take a database away, and whoever is still connected to it."""
        self.made.remove(name)
        if self.on_postgres:
            self._on_server("DROP DATABASE {} WITH (FORCE)", name)
        else:
            for ending in ("", "-wal", "-shm"):
                Path(name + ending).unlink(missing_ok=True)

    def drop_all(self) -> None:
        """Take away everything that this process made; `drop_shared` follows at the end of the run."""
        for name in list(self.made):
            self.drop(name)
        point_to(str(self.server["NAME"]))  # What the processes share can go too.

    def _pragma(self, words: str) -> None:
        if not self.on_postgres:
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute(f"PRAGMA {words}")

    def _fresh_name(self) -> str:
        name = f"{_prefix()}_{next(_numbers)}"
        return name if self.on_postgres else str(self.folder / f"{name}.sqlite3")

    def _on_server(self, statement: str, *names: str) -> None:
        with psycopg.connect(**self._parameters(str(self.server["NAME"])), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _parameters(self, name: str) -> dict[str, Any]:
        known = {"user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        given = {word: self.server[key] for word, key in known.items() if self.server.get(key)}
        options = {word: value for word, value in self.server["OPTIONS"].items() if word in {*known, "sslmode"}}
        return {**given, **options, "dbname": name}

    def _url(self, name: str) -> str:
        if not self.on_postgres:
            return f"sqlite:///{name}"
        words = {word: str(value) for word, value in self._parameters(name).items() if word != "dbname"}
        return f"postgres:///{quote(name)}?{urlencode(words)}"


@contextmanager
def visiting(copy: Copy) -> Iterator[Copy]:
    """Let Django use a copy for a while, and leave it as a whole that can be copied again."""
    before = current()
    point_to(copy.name)
    try:
        yield copy
        if not is_postgres():
            with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        point_to(before)


@contextmanager
def using(template: Template, copy: Copy) -> Iterator[Copy]:
    """Let Django use a copy for a while, and drop it at the end."""
    before = current()
    point_to(copy.name)
    try:
        yield copy
    finally:
        point_to(before)
        template.drop(copy.name)
