"""An earlier release's installation is brought to today's code with a run going on, and goes on with it."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.deploy.conftest import values
from tests.deploy.installation import Database, Host
from tests.support.postgres import PostgresServer
from tests.support.smtp import MailServer
from tests.support.valkey import Valkey
from tests.support.work import until
from tests.upgrade import release

pytestmark = pytest.mark.deploy
GOING_ON = "SELECT count(*) FROM billing_billingrun WHERE state IN ('collecting', 'running')"
OPEN = "SELECT count(*) FROM core_outboxjob WHERE done_at IS NULL AND dead_at IS NULL AND next_at < now()"


def count(database: psycopg.Connection[tuple[int]], question: str) -> int:
    """The answer to a question that is a number."""
    found = database.execute(question).fetchone()
    assert found is not None
    return found[0]


@pytest.fixture
def old(server: PostgresServer, mails: MailServer, tmp_path: Path) -> Iterator[Host]:
    """What the old release left: its database under the owner's name, its files, a broker that has forgotten all."""
    database, broker = Database(server, "old"), Valkey()
    broker.start()
    release.write_postgresql(database.url(database.owner))
    release.write_files("postgresql", tmp_path)
    named = {**values(database, tmp_path, mails, broker), "OFFSET_UPLOADS": str(tmp_path / "media")}
    host = Host(tmp_path / "u", named, database.url(database.owner))
    yield host
    host.stop()
    broker.remove()


def start(host: Host) -> None:
    """Start what works after commit; until Celery is ready, a signal ends it at once, with another exit code."""
    units = [host.start(name) for name in ("relay", "worker", "biller", "teller")]
    until(lambda: all(" ready." in unit.said() for unit in units[1:]), 60, what="workers that are ready")


def end(host: Host) -> None:
    """End all of it as systemd does, each within its unit's time."""
    for unit in host.units:
        assert unit.terminate() == 0, unit.said()
    host.units.clear()


def test_runs_go_on_and_the_books_balance(old: Host, server: PostgresServer) -> None:
    with psycopg.connect(server.url("old"), autocommit=True) as database:
        assert count(database, GOING_ON) > 0
        old.offset("update")
        begun = count(database, OPEN)
        start(old)
        until(lambda: count(database, OPEN) < begun, 180, what="work that is done")
        end(old)  # In the middle of it: what a part had in hand is done before it ends, or taken up by the next one.
        start(old)
        until(lambda: count(database, GOING_ON) == 0, 180, what="the end of the runs")
        until(lambda: count(database, OPEN) == 0, 180, what="the end of the work")
    end(old)
    for proof in ("verify_books", "verify_documents"):
        old.offset(proof)
