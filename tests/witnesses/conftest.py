"""What witnesses share: a clock that stands still, and the world of the access walk as it is then."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from unittest import mock

import pytest
import time_machine
from django.db import transaction
from django.test import override_settings
from pytest_django.plugin import DjangoDbBlocker

from core import clock
from documents.models import TemplateVersion
from documents.renderer import rendering
from tests.access.people import PEOPLE
from tests.access.world import World, build
from tests.factories.world import NOW
from tests.support import databases
from tests.support.databases import Template
from tests.support.visits import Visitor
from tests.witnesses.visiting import Visits

LATER = NOW + timedelta(days=3)
"""When everything is looked at: after all that happened in the world."""


@contextmanager
def standing_clocks() -> Iterator[None]:
    """The process's clock and the database's stand still."""
    answer = dict.fromkeys(clock._QUESTION, f"SELECT '{LATER:%Y-%m-%d %H:%M:%S.%f}'")
    with time_machine.travel(LATER, tick=False), mock.patch.dict(clock._QUESTION, answer):
        yield


def installed_at(world: World) -> set[str]:
    """When the product's designs came in, as pages say it: while the template of the databases was made."""
    moments = TemplateVersion.objects.filter(template__isnull=True).values_list("created_at", flat=True)
    local = [moment.astimezone(world.north.marketplace.zone) for moment in moments]
    return {f"{moment:%b} {moment.day}, {moment:%Y, %H:%M}" for moment in local}


@pytest.fixture(scope="module")
def visits(django_db_setup: None, template: Template, django_db_blocker: DjangoDbBlocker) -> Iterator[Visits]:
    """The world of the access walk, made once, and its people, ready to look at pages."""
    logging.disable(logging.WARNING)
    with (
        django_db_blocker.unblock(),
        databases.using(template, template.copy()),
        transaction.atomic(),
        standing_clocks(),
        override_settings(DEBUG_PROPAGATE_EXCEPTIONS=True),
    ):
        world: World = build()
        people = {letter: Visitor(world.north.people[name]) for letter, name in PEOPLE.items()}
        yield Visits(world, people, dict.fromkeys(installed_at(world), "<when installed>"))
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="package", autouse=True)
def no_renderer_left() -> Iterator[None]:
    """End the warm renderer with the tests that used it."""
    yield
    rendering._renderer.close()
