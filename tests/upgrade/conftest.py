"""A copy of the old database, migrated once by today's code; each test gets a copy of that."""

from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from tests.factories.world import NOW
from tests.support import databases
from tests.support.databases import Copy, Template, is_postgres
from tests.upgrade import added, release

DAY_AFTER = NOW.replace(day=19)
"""When the old release's work is gone on with."""


@pytest.fixture(scope="session")
def old(template: Template, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Copy:
    """The database as the old release left it, with what is added to it; nobody changes it."""
    with django_db_blocker.unblock():
        copy = template.empty()
        if is_postgres():
            release.write_postgresql(copy.url)
        else:
            release.write_sqlite(Path(copy.name))
        with databases.visiting(copy):
            added.add()
    return copy


@pytest.fixture(scope="session")
def migrated(old: Copy, template: Template, django_db_blocker: DjangoDbBlocker) -> Copy:
    """The same, migrated as an operator does it."""
    with django_db_blocker.unblock():
        copy = template.copy(old.name)
        with databases.visiting(copy):
            call_command("migrate", verbosity=0, interactive=False)
    return copy


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Path]:
    """The old release's files, where the product keeps its own."""
    release.write_files("postgresql" if is_postgres() else "sqlite", tmp_path)
    storages: dict[str, Any] = deepcopy(settings.STORAGES)
    storages["documents"]["OPTIONS"] = {"location": tmp_path / "documents"}
    storages["default"]["OPTIONS"] = {"location": tmp_path / "media"}
    with override_settings(STORAGES=storages, DOCUMENTS_DIR=tmp_path / "documents", UPLOADS_DIR=tmp_path / "media"):
        yield tmp_path


@pytest.fixture
def upgraded(migrated: Copy, files: Path, template: Template, django_db_blocker: DjangoDbBlocker) -> Iterator[Copy]:
    """A migrated database of the test's own with its files, the day after the old release was last used."""
    used = databases.using(template, template.copy(migrated.name))
    with django_db_blocker.unblock(), used as copy, time_machine.travel(DAY_AFTER, tick=False):
        yield copy
