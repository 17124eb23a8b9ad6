"""The access walk: every address x method x person x whose thing it is, against the table in `tests.access.table`.

An address that is not in the table fails. A missing right is 403, a stranger's thing 404, a wrong method 405, and
visitors are sent to the sign-in page; nothing of that writes anything, and neither does a GET that is allowed.
The world is made once; every visit happens inside a savepoint that is rolled back.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from pytest_django.plugin import DjangoDbBlocker

from tests.access.markup import Page as Markup
from tests.access.people import PEOPLE
from tests.access.table import ARGUMENTS, PUBLIC, TABLE, Page
from tests.access.world import Target, World, build
from tests.support import databases
from tests.support.databases import Template, is_postgres
from tests.support.visits import Visitor, writes

pytestmark = pytest.mark.slow

METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
FOUND, FORBIDDEN = HTTPStatus.FOUND, HTTPStatus.FORBIDDEN
MISSING, NOT_ALLOWED = HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED
SIGN_IN = "/sign-in/"
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


def addresses(resolver: URLResolver | None = None, namespace: str = "") -> Iterator[str]:
    """The names of all addresses of the product."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{namespace}{entry.name}"
        else:
            yield from addresses(entry, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)


@dataclass
class Walk:
    """The world, and whoever belongs to a letter; the empty letter is a visitor."""

    world: World
    people: dict[str, Visitor]

    def visit(
        self, letter: str, method: str, url: str, data: Mapping[str, object], headers: Mapping[str, str] = NO_HEADERS
    ) -> tuple[HttpResponse, list[str]]:
        """One request, taken back at its end, and the tables that it wrote to."""
        send = getattr(self.people[letter], method.lower())
        with transaction.atomic(), writes() as written:
            answer: HttpResponse = send(url, data, **headers) if method == "POST" else send(url, **headers)
            transaction.set_rollback(True)
        return answer, written


@pytest.fixture(scope="module")
def walk(django_db_setup: None, template: Template, django_db_blocker: DjangoDbBlocker) -> Iterator[Walk]:
    """A database with the world in it, held open in one transaction."""
    with django_db_blocker.unblock(), databases.using(template, template.copy()), transaction.atomic():
        world = build()
        people = {letter: Visitor(world.north.people[name]) for letter, name in PEOPLE.items()}
        logging.disable(logging.WARNING)
        with override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True):
            yield Walk(world, people | {"": Visitor()})
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


def targets(walk: Walk, page: Page) -> list[Target]:
    """The things that a page is visited for; one without things for those that need none."""
    return walk.world.targets[page.kind] if page.kind else [Target("", {}, "".join(PEOPLE))]


def expected(page: Page, letter: str, thing: Target, method: str) -> tuple[int, ...]:
    """What the table says."""
    is_seen = letter in thing.seen_by
    acting = page.who if method != "POST" or page.who_acts is None else page.who_acts
    has_right = letter in acting and (not is_seen or page.rule is None or page.rule(letter, thing))
    fits = method in page.methods
    if page.right_first and letter not in page.who:
        return (FORBIDDEN,)
    if page.right_first and not fits:
        return (NOT_ALLOWED,)
    if not is_seen:
        return (MISSING,) if page.kind else (FORBIDDEN,)
    if not has_right:
        return (FORBIDDEN,)
    if not fits:
        return (NOT_ALLOWED,)
    done = page.post if method == "POST" else page.get
    return (MISSING,) if thing.hollow else done


def methods(page: Page | None = None) -> tuple[str, ...]:
    """All of them on SQLite, on PostgreSQL GET and POST; for ``page`` those of the two that it answers."""
    if page is not None:
        return tuple(method for method in METHODS[:2] if method in page.methods)
    return METHODS[:2] if is_postgres() else METHODS


def walkers(thing: Target) -> list[str]:
    """Who comes for a thing between the ends: everybody on SQLite, on PostgreSQL one who sees it and one who doesn't."""
    if not is_postgres():
        return list(PEOPLE)
    blind = [letter for letter in PEOPLE if letter not in thing.seen_by]
    return [*thing.seen_by[:1], *blind[:1]]


def test_every_address_is_in_the_table() -> None:
    assert sorted(addresses()) == sorted([*TABLE, *PUBLIC])


@pytest.mark.parametrize("name", TABLE)
def test_members(walk: Walk, name: str) -> None:
    page, wrong = TABLE[name], []
    things = targets(walk, page)
    for thing in things:
        url = reverse(name, kwargs=thing.kwargs)
        is_end = thing in (things[0], things[-1])  # One that most see, and one that nobody does.
        for letter in PEOPLE if is_end else walkers(thing):
            person = PEOPLE[letter]
            for method in methods(None if is_end else page):
                answer, written = walk.visit(letter, method, url, page.data)
                wanted = expected(page, letter, thing, method)
                harmless = method != "POST" or answer.status_code in (FORBIDDEN, MISSING, NOT_ALLOWED)
                if answer.status_code == HTTPStatus.OK:
                    written = [table for table in written if table not in page.keeps]
                if answer.status_code not in wanted or (harmless and written):
                    wrong.append(f"{person} {method} {thing.name}: {answer.status_code}, not {wanted} {written}")
    assert not wrong, "\n".join([name, *wrong])


@pytest.mark.parametrize("name", TABLE)
def test_pages_are_whole(walk: Walk, name: str) -> None:
    """For each role that may, about the first of its things: as a page, and as a part of one."""
    page, wrong = TABLE[name], []
    thing = next(each for each in targets(walk, page) if each.seen_by and not each.hollow)
    for letter in PEOPLE:
        if "GET" not in page.methods or expected(page, letter, thing, "GET") != (HTTPStatus.OK,):
            continue
        for headers in ({}, {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "dialog-body"}):
            answer, _written = walk.visit(letter, "GET", reverse(name, kwargs=thing.kwargs), {}, headers)
            if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming:
                found = Markup(answer.content.decode()).problems
                wrong += [f"{PEOPLE[letter]} {thing.name}: {problem}" for problem in found]
    assert not wrong, "\n".join([name, *dict.fromkeys(wrong)])


@pytest.mark.parametrize("name", TABLE)
def test_visitors(walk: Walk, name: str) -> None:
    page = TABLE[name]
    url = reverse(name, kwargs=targets(walk, page)[0].kwargs)
    for method in methods():
        answer, written = walk.visit("", method, url, page.data)
        assert (answer.status_code, answer.get("Location", "")[: len(SIGN_IN)], written) == (FOUND, SIGN_IN, [])


@pytest.mark.parametrize("name", PUBLIC)
@pytest.mark.parametrize("letter", ["", "M"])
def test_public_addresses(walk: Walk, name: str, letter: str) -> None:
    url = reverse(name, kwargs=ARGUMENTS.get(name, {}))
    for method in methods():
        answer, written = walk.visit(letter, method, url, {})
        wanted = PUBLIC[name].get(method, (NOT_ALLOWED,)) + ((FOUND,) if letter else ())
        assert answer.status_code in wanted, (method, answer.status_code)
        assert set(written) <= {"companies_failedattempts"}, (method, written)
