"""The database server is stopped at once and started again while a billing run and people's hands are at work."""

import signal
import time
from collections.abc import Iterator

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection
from pytest_django import DjangoDbBlocker

from tests.faults.runs import Start, begin, ends_undisturbed, finished, stocked, undisturbed
from tests.support.databases import Copy
from tests.support.outbox import end_leases
from tests.support.postgres import PostgresServer
from tests.support.valkey import Valkey
from tests.support.work import relay, worker

pytestmark = [pytest.mark.fault, pytest.mark.postgres]


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server that only this test uses, so that stopping it disturbs no other."""
    own = PostgresServer()
    own.start()
    yield own
    own.remove()


@pytest.fixture
def committed_db(
    server: PostgresServer, django_test_environment: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[Copy]:
    """A migrated database on that server, which Django uses for the length of the test."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as maker:
        maker.execute("CREATE DATABASE restarted")
    before = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        connection.close()
        connection.settings_dict.update(NAME="restarted", HOST=str(server.folder), USER="offset", PASSWORD="", PORT="")
        call_command("migrate", verbosity=0, interactive=False)
        yield Copy("restarted", server.url("restarted"))
        connection.close()
        connection.settings_dict.update(before)


def test_a_run_survives_a_restart_of_the_database(
    committed_db: Copy, server: PostgresServer, start: Start, valkey: Valkey
) -> None:
    """An immediate stop drops every connection and leaves the server to recover from its log, twice."""
    expected = undisturbed(stocked("south"))
    north = stocked("north")
    for _ in range(2):
        start(worker, queues=("billing",), children=2)
    start(relay)
    run, hand = begin(north)
    for restart in range(2):
        if finished(run):
            assert restart, "the run was over too soon to show anything"
            break
        connection.close()
        server.stop(how=signal.SIGQUIT)
        server.start()
        end_leases()  # in life a minute later
        time.sleep(0.3)
    ends_undisturbed(run, hand, north, expected)
