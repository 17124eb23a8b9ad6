"""Visiting pages as somebody: a signed-in client, and what a visit wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test import Client

from companies.members import Member

BACKEND = "companies.backends.PasswordBackend"
WRITE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
BOOKKEEPING = frozenset(["django_session"])
"""Tables that any visit may write to."""


def client_of(member: Member) -> Client:
    """A client in which this person is signed in."""
    client = Client()
    client.force_login(member.user, backend=BACKEND)
    return client


@contextmanager
def writes() -> Iterator[list[str]]:
    """The tables that are written to meanwhile, one entry per statement; sessions don't count."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        match = WRITE.match(sql)
        if match and match[1] not in BOOKKEEPING:
            found.append(match[1])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found
