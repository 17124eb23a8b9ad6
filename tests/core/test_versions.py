"""A part serves with the database and the static files of its own version only, and says what is another's."""

from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import override_settings

from core import installation, origins, versions
from tests.support.databases import Copy


def told() -> str:
    """What `check` refuses with."""
    with pytest.raises(versions.AnotherVersion) as refused:
        versions.check()
    return str(refused.value)


def test_this_version_is_taken(committed_db: Copy) -> None:
    versions.check()


def test_an_earlier_database_is_refused(committed_db: Copy) -> None:
    MigrationRecorder(connection).record_unapplied("core", "0003_requests_of_all_kinds")
    assert told() == (
        "The database is of an earlier version, it lacks core.0003_requests_of_all_kinds:"
        " run bin/offset update, with the code that all parts are to run."
    )


def test_a_later_database_is_refused(committed_db: Copy) -> None:
    MigrationRecorder(connection).record_applied("core", "9999_from_tomorrow")
    assert told().startswith("The database is of a later version, this code does not know core.9999_from_tomorrow:")


def test_migrations_of_an_app_that_is_gone_do_not_matter(committed_db: Copy) -> None:
    MigrationRecorder(connection).record_applied("axes", "0001_initial")
    versions.check()


@pytest.mark.damage
def test_guards_that_are_not_there_are_refused(committed_db: Copy) -> None:
    guards = [guard for guard in origins.ours(connection) if guard.name.startswith("i13_audit")]
    installation.drop(connection, guards)
    assert told().startswith("The database's guards are not this version's, trigger i13_audit")
    installation.install(connection)
    versions.check()


def test_static_files_of_another_version_are_refused(committed_db: Copy, tmp_path: Path) -> None:
    with override_settings(WHITENOISE_USE_FINDERS=False, DATA_DIR=tmp_path):
        assert told().startswith("The static files are not collected:")
        versions.note_static_files()
        versions.check()
        (tmp_path / "static-version").write_text("another")
        assert told().startswith("The static files are another version's:")


@pytest.mark.parametrize("fault", [OperationalError("away\nat all"), None])
def test_a_server_ends_for_another_version_and_not_for_an_absence(
    committed_db: Copy, monkeypatch: pytest.MonkeyPatch, fault: Exception | None
) -> None:
    MigrationRecorder(connection).record_applied("core", "9999_from_tomorrow")
    if fault:

        def away() -> None:
            raise fault

        monkeypatch.setattr(versions, "check", away)
        versions.check_in_server()
    else:
        with pytest.raises(SystemExit, match="4"):
            versions.check_in_server()
