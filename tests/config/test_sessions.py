"""A session lives for half an hour after its last use, and costs a write a minute."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from config.sessions import KeepSession

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def use(session: SessionStore, *, minutes: float) -> bool:
    """Use the session some minutes after noon, save it as Django would, and tell whether that wrote."""

    def read(request: HttpRequest) -> HttpResponse:
        request.session.get("user")
        return HttpResponse()

    request = HttpRequest()
    request.session = SessionStore(session.session_key)
    with time_machine.travel(NOON + timedelta(minutes=minutes), tick=False):
        KeepSession(read)(request)
        if request.session.modified:
            request.session.save()
    return request.session.modified


@pytest.fixture
def session(db: None) -> SessionStore:
    started = SessionStore()
    with time_machine.travel(NOON, tick=False):
        started["user"] = "ada"
        started.save()
    return started


def test_use_moves_the_end_at_most_once_a_minute(session: SessionStore) -> None:
    assert [use(session, minutes=minutes) for minutes in (1, 1.5, 1.9, 2.5, 30)] == [True, False, False, True, True]
    assert Session.objects.get().expire_date == NOON + timedelta(minutes=60)


def test_half_an_hour_without_use_ends_it(session: SessionStore) -> None:
    assert use(session, minutes=25)
    with time_machine.travel(NOON + timedelta(minutes=56), tick=False):
        assert SessionStore(session.session_key).load() == {}


def test_a_visitor_gets_no_session(db: None) -> None:
    request = HttpRequest()
    request.session = SessionStore()
    KeepSession(lambda _request: HttpResponse())(request)
    assert request.session.is_empty()
