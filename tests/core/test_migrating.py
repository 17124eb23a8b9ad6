"""One migrates at a time, and a migration that fails half way leaves every guard where it was."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import override_settings

from core import installation, migrating
from core.installed_guards import differences
from core.models import AuditEntry
from tests.factories.world import NOW, make_market
from tests.support.databases import Copy
from tests.support.work import ROOT, Process, until

FIRST = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("core", "{after}")]
    operations = [migrations.AlterField("auditentry", "note", models.CharField(max_length=999, blank=True))]
"""
SECOND = """
from django.db import migrations
from core.lifting import lifted

def rename(apps, schema_editor):
    with lifted(schema_editor, "i13_audit_rows", "i13_audit_update", may_change={{"core_auditentry": ["note"]}}):
        apps.get_model("core", "AuditEntry").objects.update(note="renamed")
        {then}

class Migration(migrations.Migration):
    dependencies = [("core", "9998_wider")]
    operations = [migrations.RunPython(rename)]
"""


class Release:
    """Two migrations of a release to come: one rebuilds a guarded table, one changes its rows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        last = max(path.stem for path in (ROOT / "core" / "migrations").glob("[0-9]*.py"))
        (folder / "9998_wider.py").write_text(FIRST.format(after=last))

    def write(self, then: str) -> None:
        (self.folder / "9999_renamed.py").write_text(SECOND.format(then=then))
        sys.modules.pop("migrations_of_core.9999_renamed", None)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Release]:
    package = tmp_path / "migrations_of_core"
    package.mkdir()
    (package / "__init__.py").write_text(f"__path__ = [{str(package)!r}, {str(ROOT / 'core' / 'migrations')!r}]")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    with override_settings(MIGRATION_MODULES={"core": package.name}):
        yield Release(package)
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


@pytest.fixture
def entry(committed_db: Copy) -> AuditEntry:
    market = make_market()
    return AuditEntry.objects.create(
        marketplace=market.marketplace, at=NOW, actor=market.user("manager"), actor_label="Mara", verb="x", note="one"
    )


def is_guarded(entry: AuditEntry) -> bool:
    with pytest.raises(IntegrityError, match="i13_append_only"), transaction.atomic():
        AuditEntry.objects.filter(pk=entry.pk).update(note="other")
    return differences() == []


def test_a_migration_that_fails_half_way_leaves_every_guard(entry: AuditEntry, release: Release) -> None:
    release.write("raise LookupError('half way')")
    with pytest.raises(LookupError, match="half way"):
        call_command("migrate", verbosity=0)
    assert is_guarded(entry)
    entry.refresh_from_db()
    assert entry.note == "one"
    release.write("pass")
    call_command("migrate", verbosity=0)
    assert is_guarded(entry)
    entry.refresh_from_db()
    assert entry.note == "renamed"


def test_without_keeping_them_a_failure_would_take_them_all(committed_db: Copy) -> None:
    """The control: what `guards_kept` mends is real on SQLite."""
    if connection.vendor != "sqlite":
        return
    assert differences() == []

    def fail() -> None:
        installation.before_migrate(using="default")
        assert len(differences()) > 50
        raise LookupError

    with pytest.raises(LookupError), migrating.guards_kept(connection, print):
        fail()
    assert differences() == []


def test_a_second_migrate_waits_and_then_finds_nothing_to_do(child_environment: dict[str, str]) -> None:
    second = Process([sys.executable, "manage.py", "migrate", "--no-input"], child_environment)
    told: list[str] = []
    try:
        with migrating.one_at_a_time(connection, told.append):
            second.start()
            until(lambda: migrating.WAITING in second.said(), what="it says that it waits")
            assert second.process is not None
            with pytest.raises(subprocess.TimeoutExpired):
                second.process.wait(1)
        assert second.process.wait(60) == 0
        assert "No migrations to apply" in second.said()
        assert second.said().count(migrating.WAITING) == 1
        assert told == []
    finally:
        second.remove()
