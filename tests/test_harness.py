"""The test tools themselves: copies are apart, nothing flushes, servers are real."""

import ast
import smtplib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import connection

from companies.models import FailedAttempts
from tests.factories.world import NOW
from tests.support import choosing, databases, migrated
from tests.support.databases import Copy
from tests.support.smtp import CUT, MailServer
from tests.support.threads import together
from tests.support.valkey import Valkey

TESTS = Path(__file__).parent
MAIL = "Subject: Your credit memo\r\n\r\n30.00"


def remember(name: str) -> None:
    FailedAttempts.objects.create(subject=name, since=NOW)


def names() -> set[str]:
    return set(FailedAttempts.objects.values_list("subject", flat=True))


@pytest.mark.parametrize("round_number", [1, 2])
def test_a_committed_database_starts_empty_each_time(committed_db: Copy, round_number: int) -> None:
    assert names() == set()
    remember(f"round {round_number}")


def test_threads_see_what_was_committed(committed_db: Copy) -> None:
    remember("main")
    assert together([partial(remember, f"thread {number}") for number in range(4)]) == [None] * 4
    assert names() == {"main", "thread 0", "thread 1", "thread 2", "thread 3"}


@pytest.mark.parametrize("round_number", [1, 2])
def test_an_ordinary_test_is_rolled_back(db: None, round_number: int) -> None:
    assert names() == set()
    remember("forgotten")


def test_sqlite_is_durable_and_checks_foreign_keys(committed_db: Copy) -> None:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        values = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")]
        assert values == ["wal", 2]
        assert cursor.execute("PRAGMA foreign_keys").fetchone()[0] == 1
        assert cursor.execute("PRAGMA recursive_triggers").fetchone()[0] == 1


def test_a_migrated_database_is_kept_until_the_product_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrated, "ROOT", tmp_path)
    monkeypatch.setattr(migrated, "FOLDER", tmp_path / "kept")
    for name in (
        "requirements.txt",
        "manage.py",
        "ledger/guards/sqlite.sql",
        "ledger/views/list.py",
        "tests/test.py",
        "ledger/operations.py",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("as it was")
    made: list[str] = []

    def migrate(path: str) -> None:
        made.append(path)
        Path(path).write_text(f"number {len(made)}")

    def fetched() -> str:
        migrated.copy_kept(str(tmp_path / "copy"), migrate)
        return (tmp_path / "copy").read_text()

    assert [fetched(), fetched()] == ["number 1", "number 1"]
    (tmp_path / "ledger/views/list.py").write_text("changed")
    (tmp_path / "tests/test.py").write_text("changed")
    (tmp_path / "ledger/operations.py").write_text("changed")
    assert fetched() == "number 1"
    (tmp_path / "ledger/guards/sqlite.sql").write_text("changed")
    assert fetched() == "number 2"


def test_what_migrations_ask_changes_the_kept_one() -> None:
    """Each module of ours that a migration, or what follows one, imports."""
    asking = [*migrated.ROOT.glob("*/migrations/*.py"), migrated.ROOT / migrated.RELEASES]
    asked = {name for path in asking for name in imported(path)}
    files = {name.replace(".", "/") + ending for name in asked for ending in (".py", "/__init__.py")}
    ours = {Path(name) for name in files if (migrated.ROOT / name).exists()}
    assert Path("core/lifting.py") in ours
    assert [path for path in ours if not migrated.counts(path)] == []


def imported(path: Path) -> Iterator[str]:
    """The modules that a file names in its imports, and what it takes from them, which may be modules too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_no_test_flushes_the_database() -> None:
    banned = {"TransactionTestCase", "transactional_db", "LiveServerTestCase", "StaticLiveServerTestCase"}
    for path in TESTS.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        names |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
        assert not names & banned, path


def test_valkey_loses_everything_when_killed(valkey: Valkey) -> None:
    with valkey.client() as client:
        client.set("key", "value")
    valkey.kill()
    valkey.start()
    with valkey.client() as client:
        assert client.get("key") is None


def test_the_quick_run_starts_no_server(
    request: pytest.FixtureRequest, smtp: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert choosing.is_wanted(request.node)
    monkeypatch.setenv("OFFSET_TEST_FAST", "yes")
    assert not choosing.is_wanted(request.node)


def test_the_quick_run_leaves_out_pages(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OFFSET_TEST_FAST", "yes")
    assert choosing.is_wanted(request.node)
    monkeypatch.setattr(request.node, "path", Path("test_some_page.py"))
    assert not choosing.is_wanted(request.node)


def test_postgres_repeats_nothing_that_asks_no_database(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "is_postgres", lambda: True)
    assert choosing.is_wanted(request.node)
    monkeypatch.setenv("OFFSET_TEST_ONCE", "no")
    assert not choosing.is_wanted(request.node)


def test_postgres_repeats_what_asks_the_database(
    request: pytest.FixtureRequest, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "is_postgres", lambda: True)
    monkeypatch.delenv("OFFSET_TEST_FAST", raising=False)
    monkeypatch.setenv("OFFSET_TEST_ONCE", "no")
    assert choosing.is_wanted(request.node)
    monkeypatch.setattr(request.node, "path", Path("test_some_page.py"))
    assert not choosing.is_wanted(request.node)
    monkeypatch.setattr(request.node, "path", Path("test_list_page.py"))
    assert choosing.is_wanted(request.node)


def test_a_mail_arrives_or_is_refused_as_told(smtp: MailServer) -> None:
    smtp.answers = ["451 try later", "250 OK"]
    with smtplib.SMTP("127.0.0.1", smtp.port) as client:
        with pytest.raises(smtplib.SMTPDataError):
            client.sendmail("billing@offset.example", ["ada@example.com"], MAIL)
        client.sendmail("billing@offset.example", ["ada@example.com"], MAIL)
    assert [mail.message["Subject"] for mail in smtp.received] == ["Your credit memo"]


def test_a_connection_cut_after_the_mail_was_taken(smtp: MailServer) -> None:
    smtp.answers = [CUT]
    client = smtplib.SMTP("127.0.0.1", smtp.port)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        client.sendmail("billing@offset.example", ["ada@example.com"], MAIL)
    assert len(smtp.received) == 1
