"""What has landed stays as it is: the names and texts of migrations are those that databases ran."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "bin"))

import landed_migrations  # noqa: E402

ONE = Path("core", "migrations", "0002_bulk_jobs.py")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The migrations and their record, to be changed."""
    for name in (*landed_migrations.there(), str(landed_migrations.RECORD)):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    return tmp_path


def test_no_landed_migration_was_changed() -> None:
    assert list(landed_migrations.faults()) == []
    assert len(landed_migrations.landed()) > 40


def test_a_new_one_may_come(copy: Path) -> None:
    (copy / ONE).with_name("0099_new.py").write_text("")
    assert list(landed_migrations.faults(copy)) == []


def test_an_edited_one_is_found(copy: Path) -> None:
    (copy / ONE).write_text((copy / ONE).read_text() + "# one word more\n")
    assert [fault.partition(":")[0] for fault in landed_migrations.faults(copy)] == [f"{ONE} has landed and was edited"]


def test_a_renamed_one_is_found(copy: Path) -> None:
    (copy / ONE).rename((copy / ONE).with_name("0002_jobs_in_bulk.py"))
    assert [fault.partition(":")[0] for fault in landed_migrations.faults(copy)] == [f"{ONE} has landed and is gone"]
