"""A test that takes `story` works on an own copy of a database in which the story was told once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from tests.support import databases
from tests.support.databases import Copy, Template

if TYPE_CHECKING:
    from tests.factories.story import Story


@pytest.fixture(scope="session")
def told(template: Template, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> tuple[Copy, Story]:
    """The database with the story, which nobody writes to again."""
    from tests.factories.story import tell  # Models can only be read once Django has begun.

    before, copy = databases.current(), template.copy()
    with django_db_blocker.unblock():
        databases.point_to(copy.name)
        story = tell()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        databases.point_to(before)
    return copy, story


@pytest.fixture
def committed_db(
    request: pytest.FixtureRequest, django_db_setup: None, template: Template, django_db_blocker: DjangoDbBlocker
) -> Iterator[Copy]:
    """An own database where commits are real; with the story in it for tests that take `story`."""
    source = request.getfixturevalue("told")[0].name if "story" in request.fixturenames else None
    with django_db_blocker.unblock(), databases.using(template, template.copy(source)) as copy:
        yield copy


@pytest.fixture
def story(committed_db: Copy, told: tuple[Copy, Story]) -> Story:
    """The documents of the story; read them again with `refresh_from_db` after changing them."""
    return told[1]
