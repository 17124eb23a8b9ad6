"""An installation ends in order, is dumped and restored into an empty server, and the copy mails nothing twice."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.deploy.installation import OPENING, SECONDS, Host
from tests.support.postgres import PostgresServer
from tests.support.smtp import MailServer
from tests.support.valkey import Valkey
from tests.support.work import until

pytestmark = pytest.mark.deploy
PARTS = ("web", "relay", "worker", "biller", "teller", "beat")
MANAGER = "grace@harbour.example"
INVITING = (*OPENING[:2], "Market to restore", *OPENING[3 : OPENING.index("--manager") + 1], MANAGER, *OPENING[-3:-1])
"""A marketplace whose manager is mailed a link."""
WAITING = "SELECT count(*) FROM core_outboxjob WHERE topic = 'member.invited' AND done_at IS NULL AND dead_at IS NULL"


def tool(server: PostgresServer, *words: str) -> str:
    """Run one of PostgreSQL's own programs, and give what it wrote."""
    command = [str(server.home / "bin" / words[0]), "--host", str(server.folder), *words[1:]]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return done.stdout


def waiting(server: PostgresServer) -> int:
    """Invitations that were not mailed yet."""
    with psycopg.connect(server.url("offset")) as database:
        found = database.execute(WAITING).fetchone()
    assert found is not None
    return int(found[0])


def invitations(mails: MailServer) -> int:
    """Mails to the manager that were delivered."""
    return sum(mail.recipients == [MANAGER] for mail in mails.received)


@pytest.fixture
def spare_broker() -> Iterator[Valkey]:
    """What carries the copy's work."""
    made = Valkey()
    made.start()
    yield made
    made.remove()


@pytest.fixture
def spare() -> Iterator[PostgresServer]:
    """An empty server."""
    made = PostgresServer()
    made.start()
    yield made
    made.remove()


def test_a_restored_copy_balances_and_mails_nothing_twice(
    hosts: list[Host],
    server: PostgresServer,
    spare: PostgresServer,
    mails: MailServer,
    tmp_path: Path,
    spare_broker: Valkey,
    request: pytest.FixtureRequest,
) -> None:
    """The dump is made while a mail waits; the original sends it, the copy holds it."""
    for host in hosts:
        for unit in host.units:
            assert unit.terminate() == 0, unit.said()
        host.units.clear()
    original = hosts[0]
    original.offset(*INVITING)
    assert waiting(server) == 1
    roles = tool(server, "pg_dumpall", "--roles-only", "--username", "offset")
    dump = tmp_path / "offset.dump"
    owner = original.owner_url.rpartition("user=")[2]
    tool(server, "pg_dump", "--format=custom", "--username", owner, "--file", str(dump), "offset")
    documents = Path(original.variables["OFFSET_DOCUMENTS"])
    documents.mkdir(exist_ok=True)
    shutil.copytree(documents, tmp_path / "documents")
    for name in ("relay", "worker"):
        original.start(name)
    until(lambda: invitations(mails) == 1, SECONDS, what="the mail of the original")

    copy = restored(original, spare, roles, dump, tmp_path, spare_broker)
    request.addfinalizer(copy.stop)
    copy.offset("update")
    for proof in ("verify_books", "verify_documents"):
        copy.offset(proof)
    for name in ("relay", "worker", "biller", "teller"):
        copy.start(name)
    until(lambda: status(copy) == 0, SECONDS, what="the copy's parts")
    assert ", waiting: 1," in copy.offset("release_restored").stdout
    assert waiting(spare) == 1
    copy.offset("release_restored", "--drop-before", "2099-01-01")
    assert waiting(spare) == 0
    assert invitations(mails) == 1


def status(host: Host) -> int:
    """What an alarm is told: 0 when relay, broker and queues work."""
    return host.offset("work_status", "--max-age", "86400", check=False).returncode


def restored(original: Host, spare: PostgresServer, roles: str, dump: Path, folder: Path, broker: Valkey) -> Host:
    """The walk of docs/backup.md on the empty server; nothing is started yet."""
    script = folder / "roles.sql"
    script.write_text(roles)
    tool(spare, "psql", "--username", "offset", "--file", str(script), "postgres")
    owner = original.owner_url.rpartition("user=")[2]
    tool(spare, "psql", "--username", "offset", "--command", f'CREATE DATABASE "offset" OWNER "{owner}"', "postgres")
    dump.chmod(0o644)
    tool(
        spare, "pg_restore", "--username", "offset", "--dbname", "offset", "--exit-on-error", "--single-transaction",
        str(dump),
    )  # fmt: skip
    here, there = str(spare.folder), original.owner_url.partition("host=")[2].partition("&")[0]
    values = {name: value.replace(there, here) for name, value in original.variables.items()}
    values |= {
        "OFFSET_RESTORED": "yes", "OFFSET_BROKER_URL": broker.url, "OFFSET_DOCUMENTS": str(folder / "documents"),
    }  # fmt: skip
    return Host(folder / "copy", values, original.owner_url.replace(there, here))
