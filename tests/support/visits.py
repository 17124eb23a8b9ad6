"""Visiting pages as somebody: a signed-in client, and what a visit wrote."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory
from django.test.client import ClientHandler

from companies.members import Member

BACKEND = "companies.backends.PasswordBackend"
WRITE = re.compile(r'^\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
BOOKKEEPING = frozenset(["django_session"])
"""Tables that any visit may write to."""


class Visitor(RequestFactory):
    """Sends requests through the whole product as a client does, without keeping contexts and cookies of answers.

    A walk of thousands of visits takes half the time; what a page shows is better asked with a client.
    """

    handler = ClientHandler(enforce_csrf_checks=False)

    def __init__(self, member: Member | None = None) -> None:
        """A visitor, or somebody who is signed in."""
        super().__init__()
        if member is not None:
            name = settings.SESSION_COOKIE_NAME
            self.cookies[name] = client_of(member).cookies[name].value

    def request(self, **request: Any) -> Any:
        """The answer to a request, its connections left open."""
        return self.handler(self._base_environ(**request))  # type: ignore[attr-defined]


def client_of(member: Member) -> Client:
    """A client in which this person is signed in."""
    client = Client()
    client.force_login(member.user, backend=BACKEND)
    return client


@contextmanager
def writes() -> Iterator[list[str]]:
    """The tables that are written to meanwhile, an entry for each statement that met a row; sessions don't count."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        match = WRITE.match(sql)
        if match and match[1] not in BOOKKEEPING and context["cursor"].rowcount:
            found.append(match[1])
        return result

    with connection.execute_wrapper(note):
        yield found
