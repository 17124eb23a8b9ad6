"""Each part as its unit starts it: with another version's database, without one, without the broker, and whole."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from tests.support.databases import Copy
from tests.support.valkey import Valkey
from tests.support.work import ROOT, Process, children_of, until

pytestmark = pytest.mark.fault

PARTS = ("web", "relay", "worker", "biller", "teller", "beat")
ONE = ["--concurrency", "1"]
FEW = {"web": ["--workers", "1"], "worker": ONE, "biller": ONE, "teller": ONE}
Begin = Callable[..., dict[str, Process]]


@pytest.fixture
def begin(child_environment: dict[str, str], valkey: Valkey, tmp_path: Path) -> Iterator[Begin]:
    """Starts every part by `bin/offset`, on the files that a machine has."""
    owner = tmp_path / "offset-owner.env"
    owner.write_text(f"DATABASE_OWNER_URL={child_environment['DATABASE_URL']}")
    owner.chmod(0o600)
    started: list[Process] = []

    def all_parts(**changed: str) -> dict[str, Process]:
        given = {"DATABASE_URL": child_environment["DATABASE_URL"], "OFFSET_BROKER_URL": valkey.url}
        given |= {"OFFSET_PORT": "0", "OFFSET_LOG_LEVEL": "INFO"} | changed
        file = tmp_path / "offset.env"
        file.write_text("".join(f'{name}="{value}"\n' for name, value in given.items()))
        env = child_environment | {"OFFSET_ENV_FILE": str(file), "OFFSET_OWNER_ENV_FILE": str(owner)}
        found = {part: Process([str(ROOT / "bin" / "offset"), part, *FEW.get(part, [])], env) for part in PARTS}
        for process in found.values():
            process.start()
            started.append(process)
        return found

    yield all_parts
    for process in started:
        process.remove()


def say(parts: dict[str, Process], *words: str) -> bool:
    """Whether each part has said one of the words."""
    return all(any(word in process.said() for word in words) for process in parts.values())


def ends(process: Process) -> int:
    assert process.process is not None
    return process.process.wait(60)


def test_another_versions_database_ends_each_part_in_words(begin: Begin, committed_db: Copy) -> None:
    MigrationRecorder(connection).record_applied("core", "9999_from_tomorrow")
    parts = begin()
    assert {part: ends(process) for part, process in parts.items()} == dict.fromkeys(PARTS, 75)
    for process in parts.values():
        assert process.said().count("this code does not know core.9999_from_tomorrow: run bin/offset update") == 1
        assert "Traceback" not in process.said()


def test_a_database_that_is_away_is_waited_for(begin: Begin, tmp_path: Path) -> None:
    parts = begin(DATABASE_URL=f"postgres:///offset?host={tmp_path}&user=offset")
    until(lambda: say(parts, "waiting for the database, which does not answer"), what="they say that they wait")
    for process in parts.values():
        assert "Traceback" not in process.said()
        assert process.stop() in {0, -signal.SIGTERM}
        assert process.said().count("waiting for the database") == 1


def test_without_the_broker_each_part_waits_and_can_be_stopped(begin: Begin, tmp_path: Path) -> None:
    parts = begin(OFFSET_BROKER_URL=f"redis+socket://{tmp_path}/nobody.sock")
    beginning = ("Listening at", "looking for work", "Cannot connect to redis", "beat: Connection error", "is starting")
    until(lambda: say(parts, *beginning), what="they have started")
    for part, process in parts.items():
        assert process.stop() in {0, 1}, (part, process.said())
        assert "Traceback" not in process.said(), part


def test_all_parts_run_without_the_owners_address_and_end_when_asked(begin: Begin, committed_db: Copy) -> None:
    parts = begin()
    for part in PARTS:
        word = {"web": "Listening at", "relay": "looking for work", "beat": "is starting"}.get(part, "ready")
        until(lambda part=part, word=word: word in parts[part].said(), what=part)  # type: ignore[misc]
    for process in parts.values():
        for pid in (process.pid, *children_of(process.pid)):
            names = Path(f"/proc/{pid}/environ").read_bytes()
            assert b"DATABASE_URL=" in names
            assert b"DATABASE_OWNER_URL=" not in names
    assert {part: process.stop() for part, process in parts.items()} == dict.fromkeys(PARTS, 0)


def test_a_command_without_its_database_is_a_sentence(tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": f"postgres:///offset?host={tmp_path}&user=offset"}
    command = [str(ROOT / "bin" / "offset"), "verify_books"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 75
    assert done.stderr.startswith("The database does not answer: ")
    assert "Traceback" not in done.stderr
