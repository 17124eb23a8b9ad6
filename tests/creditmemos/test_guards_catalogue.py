"""The guards that the files describe are those of the database: after migrating, and after a table was rebuilt."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import AppConfig
from django.core.management import call_command
from django.db import DatabaseError, connection, models
from django.test import override_settings

import creditmemos.migrations
from core import installation
from core.guarding import expected, guard_sql
from core.installed_guards import differences
from core.models import AuditEntry
from creditmemos.models import CreditMemo
from tests.factories.scenario import Scenario
from tests.support.damage import run
from tests.support.databases import Copy

pytestmark = pytest.mark.damage  # Without guards there is nothing to verify.
PLANTED = """
from django.db import migrations, models

from core.lifting import lifted


def rename(apps, schema_editor):
    triggers = ("i10_memo_frozen", "i6_memo_void_is_final")
    with lifted(schema_editor, *triggers, may_change={"creditmemos_creditmemo": ["payer_name"]}):
        apps.get_model("creditmemos", "CreditMemo").objects.exclude(number=None).update(payer_name="Acme of old")


class Migration(migrations.Migration):
    dependencies = [("creditmemos", "{latest}")]
    operations = [
        migrations.AlterField("creditmemo", "payer_name", models.CharField(max_length=201)),
        migrations.RunPython(rename),
    ]
"""
# What an older release left: none of it is named by a file of today.
STALE = {
    "sqlite": [
        "CREATE TRIGGER i10_old_rule BEFORE UPDATE ON creditmemos_creditmemo BEGIN SELECT RAISE(ABORT, 'old_rule'); END",
        (
            "CREATE TRIGGER old_rule AFTER INSERT ON core_auditentry WHEN NEW.verb = 'x'"
            " BEGIN SELECT RAISE(ABORT, 'old_rule') FROM creditmemos_creditmemo WHERE payer_name = ''; END"
        ),
    ],
    "postgresql": [
        "CREATE FUNCTION creditmemos_old() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        (
            "CREATE TRIGGER i10_old_rule BEFORE UPDATE ON creditmemos_creditmemo"
            " FOR EACH ROW EXECUTE FUNCTION creditmemos_old()"
        ),
        "CREATE TRIGGER old_rule BEFORE UPDATE ON invoices_invoice FOR EACH ROW EXECUTE FUNCTION creditmemos_old()",
        "CREATE FUNCTION offset_old(rule text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN END $$",
        (
            "ALTER TABLE creditmemos_creditmemo ADD CONSTRAINT i20_old_payer FOREIGN KEY (payer_id, marketplace_id)"
            " REFERENCES companies_company (id, marketplace_id)"
        ),
    ],
}
LEFT_OVER = {
    "sqlite": ["trigger i10_old_rule is left over", "trigger old_rule is left over"],
    "postgresql": [
        "constraint i20_old_payer is left over", "function creditmemos_old is left over",
        "function offset_old is left over", "trigger i10_old_rule is left over",
        "trigger old_rule is left over",
    ],
}  # fmt: skip
# What an operator made beside the product.
FOREIGN = {
    "sqlite": [
        "CREATE TABLE own_log (id integer PRIMARY KEY, note text)",
        "CREATE TRIGGER own_copy AFTER INSERT ON creditmemos_creditmemo BEGIN INSERT INTO own_log (note) VALUES ('x'); END",
        "CREATE TRIGGER own_rule BEFORE DELETE ON own_log BEGIN SELECT RAISE(ABORT, 'own_rule'); END",
    ],
    "postgresql": [
        (
            "CREATE TABLE own_log (id bigint PRIMARY KEY, company_id bigint, marketplace_id bigint, CONSTRAINT own_company"
            " FOREIGN KEY (company_id, marketplace_id) REFERENCES companies_company (id, marketplace_id))"
        ),
        "CREATE FUNCTION own_copy() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
        "CREATE TRIGGER own_copy AFTER INSERT ON creditmemos_creditmemo FOR EACH ROW EXECUTE FUNCTION own_copy()",
        "CREATE TRIGGER own_rule BEFORE DELETE ON own_log FOR EACH ROW EXECUTE FUNCTION own_copy()",
    ],
}


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
    installation.install(connection)
    assert definitions() == before


def test_a_rebuilt_table_loses_its_guards_on_sqlite(committed_db: Copy) -> None:
    if connection.vendor != "sqlite":
        return
    changed = models.CharField(max_length=201)
    changed.set_attributes_from_name("actor_label")
    with connection.schema_editor() as editor:
        editor.alter_field(AuditEntry, AuditEntry._meta.get_field("actor_label"), changed, strict=True)
    assert differences() == ["trigger i13_audit_update is missing", "trigger i13_audit_delete is missing"]


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A migration more, that rebuilds the memos' table on SQLite and changes what is frozen."""
    package = tmp_path / "planted_migrations"
    shutil.copytree(str(Path(str(creditmemos.migrations.__file__)).parent), package)
    latest = max(package.glob("0*.py")).stem
    (package / "0999_planted.py").write_text(PLANTED.replace("{latest}", latest))
    monkeypatch.syspath_prepend(tmp_path)
    with override_settings(MIGRATION_MODULES={"creditmemos": "planted_migrations"}):
        yield
    for name in [name for name in sys.modules if name.startswith("planted_migrations")]:
        del sys.modules[name]


def test_migrating_a_table_keeps_its_guards(scenario: Scenario, planted: None) -> None:
    before = definitions()
    call_command("migrate", "creditmemos", verbosity=0)
    with connection.cursor() as cursor:
        columns = {each.name: each.display_size for each in connection.introspection.get_table_description(
            cursor, CreditMemo._meta.db_table)}  # fmt: skip
    assert columns["payer_name"] == 201
    assert set(CreditMemo.objects.exclude(number=None).values_list("payer_name", flat=True)) == {"Acme of old"}
    assert differences() == []
    assert definitions() == before


def test_what_no_file_names_goes_with_the_next_migrate(committed_db: Copy) -> None:
    before = definitions()
    run(*STALE[connection.vendor])
    assert differences() == LEFT_OVER[connection.vendor]
    call_command("migrate", verbosity=0)
    assert differences() == []
    assert definitions() == before


def test_what_no_file_names_does_not_hinder_a_migration(scenario: Scenario, planted: None) -> None:
    before = definitions()
    run(*STALE[connection.vendor])
    call_command("migrate", "creditmemos", verbosity=0)
    assert set(CreditMemo.objects.exclude(number=None).values_list("payer_name", flat=True)) == {"Acme of old"}
    assert differences() == []
    assert definitions() == before


@pytest.mark.postgres
def test_a_trigger_that_moved_to_another_table_goes_where_it_was(committed_db: Copy) -> None:
    before = definitions()
    run(
        "CREATE TRIGGER i13_audit_table BEFORE TRUNCATE ON invoices_invoice"
        " FOR EACH STATEMENT EXECUTE FUNCTION offset_append_only()"
    )
    assert "trigger i13_audit_table is left over" in differences()
    call_command("migrate", verbosity=0)
    assert definitions() == before


def test_what_an_operator_made_stays(committed_db: Copy) -> None:
    run(*FOREIGN[connection.vendor])
    there = definitions()
    call_command("migrate", verbosity=0)
    assert definitions() == there
    assert {"own_copy", "own_rule"} < {name for name, _text in there}
    if connection.vendor == "postgresql":
        run("ALTER TABLE own_log DROP CONSTRAINT own_company")  # It is still there.


def test_a_file_that_fails_leaves_all_as_it_was(committed_db: Copy, monkeypatch: pytest.MonkeyPatch) -> None:
    run(*STALE[connection.vendor])
    there = definitions()

    def with_a_mistake(config: AppConfig, vendor: str) -> str:
        return "CREATE TABLE;\n" if config.label == "billing" else guard_sql(config, vendor)

    monkeypatch.setattr(installation, "guard_sql", with_a_mistake)
    with pytest.raises(DatabaseError, match="syntax error"):
        installation.install(connection)
    assert definitions() == there


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
