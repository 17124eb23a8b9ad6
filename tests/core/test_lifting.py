"""A migration changes guarded rows by lifting named triggers: only what it said, and the guards stand again after it."""

import os

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from core.installed_guards import differences
from core.lifting import CannotLift, ChangedMore, lifted
from core.models import AuditEntry
from tests.factories.world import NOW, Market, make_market
from tests.support.damage import run
from tests.support.databases import Copy

UPDATES = ("i13_audit_rows", "i13_audit_update")
DELETES = ("i13_audit_rows", "i13_audit_delete")
TABLE = "core_auditentry"
UNCHANGED = [("one", "Mara"), ("two", "Mara"), ("three", "Mara")]
Names = tuple[str, ...]


@pytest.fixture
def world(committed_db: Copy) -> Market:
    market = make_market()
    for note in ("one", "two", "three"):
        note_down(market, note)
    return market


def note_down(market: Market, note: str) -> None:
    AuditEntry.objects.create(
        marketplace=market.marketplace, at=NOW, actor=market.user("manager"), actor_label="Mara", verb="x", note=note
    )


def change(editor: BaseDatabaseSchemaEditor, names: Names, table: str, columns: list[str], **values: str) -> None:
    """What a migration does: say what may change, and change all rows."""
    with lifted(editor, *names, may_change={table: columns}):
        AuditEntry.objects.update(**values)


def notes() -> list[tuple[str, str]]:
    return list(AuditEntry.objects.filter(verb="x").order_by("pk").values_list("note", "actor_label"))


def test_what_was_said_changes_and_the_guards_stand_again(world: Market) -> None:
    with connection.schema_editor() as editor, lifted(editor, *UPDATES, may_change={TABLE: ["actor_label"]}):
        AuditEntry.objects.filter(note="two").update(actor_label="Mara Berg")
    assert notes() == [("one", "Mara"), ("two", "Mara Berg"), ("three", "Mara")]
    assert differences() == []
    with pytest.raises(IntegrityError, match="i13_append_only"):
        AuditEntry.objects.update(actor_label="Somebody")


def test_only_the_named_triggers_are_lifted(world: Market) -> None:
    with connection.schema_editor() as editor, pytest.raises(IntegrityError, match="i13_append_only"):
        change(editor, ("i13_audit_table", "i13_audit_delete"), TABLE, ["note"], note="other")
    assert notes() == UNCHANGED


def test_more_than_was_said_is_taken_back(world: Market) -> None:
    with connection.schema_editor() as editor, pytest.raises(ChangedMore, match="changed in more than actor_label"):
        change(editor, UPDATES, TABLE, ["actor_label"], actor_label="Mara Berg", note="other")
    assert notes() == UNCHANGED
    assert differences() == []


def delete_one(editor: BaseDatabaseSchemaEditor) -> None:
    with lifted(editor, *DELETES, may_change={TABLE: ["note"]}):
        AuditEntry.objects.filter(note="two").delete()


def test_rows_that_go_are_brought_back(world: Market) -> None:
    with connection.schema_editor() as editor, pytest.raises(ChangedMore, match="had 3 rows and has 2"):
        delete_one(editor)
    assert notes() == UNCHANGED
    assert differences() == []


def half_done(editor: BaseDatabaseSchemaEditor) -> None:
    with lifted(editor, *UPDATES, may_change={TABLE: ["note"]}):
        AuditEntry.objects.update(note="other")
        raise LookupError


def test_a_migration_that_catches_its_failure_has_the_guards_back(world: Market) -> None:
    with connection.schema_editor() as editor:
        with pytest.raises(LookupError):
            half_done(editor)
        with pytest.raises(IntegrityError, match="i13_append_only"), transaction.atomic():
            AuditEntry.objects.update(note="other")
    assert notes() == UNCHANGED
    assert differences() == []


def test_rows_added_in_the_same_transaction_do_not_hinder(world: Market) -> None:
    """Foreign keys of added rows are checked at the commit, and PostgreSQL alters no table until they are."""
    with connection.schema_editor() as editor:
        note_down(world, "four")
        change(editor, UPDATES, TABLE, ["actor_label"], actor_label="Mara Berg")
    assert notes()[-1] == ("four", "Mara Berg")
    assert differences() == []


@pytest.mark.parametrize(
    ("table", "columns", "told"),
    [
        ("billing_credit", [], "may_change says nothing about core_auditentry"),
        (TABLE, ["nots"], "core_auditentry has no column nots"),
    ],
)
def test_what_is_not_watched_is_not_lifted(world: Market, table: str, columns: list[str], told: str) -> None:
    with connection.schema_editor() as editor, pytest.raises(CannotLift, match=told):
        change(editor, UPDATES, table, columns, note="other")
    assert notes() == UNCHANGED


def test_nothing_is_lifted_outside_a_transaction(world: Market) -> None:
    with connection.schema_editor(atomic=False) as editor, pytest.raises(CannotLift, match="must be atomic"):
        change(editor, UPDATES, TABLE, ["note"], note="other")
    assert notes() == UNCHANGED


@pytest.mark.postgres
def test_who_does_not_own_the_tables_is_told(world: Market) -> None:
    role = f"offset_guest_{os.getpid()}"
    run(f"CREATE ROLE {role}", f"GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}")
    try:
        with connection.schema_editor() as editor:
            run(f"SET LOCAL ROLE {role}")
            with pytest.raises(CannotLift, match="does not own core_auditentry: run migrate as the owner, whom DATAB"):
                change(editor, UPDATES, TABLE, ["note"], note="other")
    finally:
        run(f"DROP OWNED BY {role}", f"DROP ROLE {role}")
    assert notes() == UNCHANGED
