"""The guards that the files describe are those of the database: after migrating, and after a table was rebuilt."""

import shutil
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection, models
from django.test import override_settings

import creditmemos.migrations
from core import guarding
from core.catalogue import differences, expected
from core.models import AuditEntry
from creditmemos.models import CreditMemo
from tests.support.damage import run
from tests.support.databases import Copy

pytestmark = pytest.mark.damage  # Without guards there is nothing to verify.
PLANTED = """
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("creditmemos", "{latest}")]
    operations = [migrations.AlterField("creditmemo", "payer_name", models.CharField(max_length=201))]
"""


def definitions() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
            if connection.vendor == "sqlite"
            else "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgname"
        )
        return [(name, text) for name, text in cursor.fetchall()]


def test_the_catalogue_is_what_the_files_say(committed_db: Copy) -> None:
    assert differences() == []
    assert {name for name, _text in definitions()} == expected(connection.vendor)["triggers"].keys()
    assert len(definitions()) > 40


def test_installing_again_changes_nothing(committed_db: Copy) -> None:
    before = definitions()
    for config in apps.get_app_configs():
        guarding.install(config, connection)
    assert definitions() == before


def test_a_rebuilt_table_loses_its_guards_on_sqlite(committed_db: Copy) -> None:
    if connection.vendor != "sqlite":
        return
    changed = models.CharField(max_length=201)
    changed.set_attributes_from_name("actor_label")
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEntry, AuditEntry._meta.get_field("actor_label"), changed, strict=True)
    assert differences() == ["trigger i13_audit_update is missing", "trigger i13_audit_delete is missing"]


def test_migrating_a_table_keeps_its_guards(
    committed_db: Copy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "planted_migrations"
    shutil.copytree(str(Path(str(creditmemos.migrations.__file__)).parent), package)
    latest = max(package.glob("0*.py")).stem
    (package / "0999_planted.py").write_text(PLANTED.replace("{latest}", latest))
    monkeypatch.syspath_prepend(tmp_path)
    before = definitions()
    with override_settings(MIGRATION_MODULES={"creditmemos": "planted_migrations"}):
        call_command("migrate", "creditmemos", verbosity=0)
    with connection.cursor() as cursor:
        columns = {each.name: each.display_size for each in connection.introspection.get_table_description(
            cursor, CreditMemo._meta.db_table)}  # fmt: skip
    assert columns["payer_name"] == 201
    assert differences() == []
    assert definitions() == before
    for name in [name for name in sys.modules if name.startswith("planted_migrations")]:
        del sys.modules[name]


def test_a_lost_trigger_comes_back_with_the_next_migrate(committed_db: Copy) -> None:
    run("DROP TRIGGER i10_memo_frozen" + (" ON creditmemos_creditmemo" if connection.vendor == "postgresql" else ""))
    assert differences() == ["trigger i10_memo_frozen is missing"]
    call_command("migrate", verbosity=0)
    assert differences() == []


def test_a_weakened_trigger_is_seen(committed_db: Copy) -> None:
    if connection.vendor == "sqlite":
        run(
            "DROP TRIGGER i10_memo_frozen",
            "CREATE TRIGGER i10_memo_frozen BEFORE UPDATE ON creditmemos_creditmemo BEGIN SELECT 1; END",
        )
        assert differences() == ["trigger i10_memo_frozen is changed"]
    else:
        run(
            "CREATE OR REPLACE FUNCTION creditmemos_memo_frozen() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NEW; END $$"
        )
        assert differences() == ["function creditmemos_memo_frozen is changed"]


def test_a_trigger_of_nobody_is_seen(committed_db: Copy) -> None:
    if connection.vendor == "sqlite":
        run("CREATE TRIGGER old_rule BEFORE UPDATE ON creditmemos_creditmemo BEGIN SELECT 1; END")
    else:
        run(
            "CREATE TRIGGER old_rule BEFORE UPDATE ON creditmemos_creditmemo"
            " FOR EACH ROW EXECUTE FUNCTION creditmemos_memo_frozen()"
        )
    assert differences() == ["trigger old_rule is left over"]


@pytest.mark.postgres
def test_what_is_switched_off_is_seen(committed_db: Copy) -> None:
    run("ALTER TABLE creditmemos_creditmemo DISABLE TRIGGER i10_memo_frozen")
    assert differences() == ["i10_memo_frozen on creditmemos_creditmemo is switched off"]


@pytest.mark.postgres
@pytest.mark.parametrize("constraint", ["i1_balance", "i8_memo_account", "i12_memo_number_unique"])
def test_a_missing_constraint_is_seen(committed_db: Copy, constraint: str) -> None:
    run(f"ALTER TABLE creditmemos_creditmemo DROP CONSTRAINT {constraint}")
    assert differences() == [f"constraint {constraint} is missing"]
