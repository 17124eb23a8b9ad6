"""`verify_books` finds each kind of damage, names it rightly, and says nothing else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core import installed_guards
from core.search_keys import with_keys
from creditmemos.models import CreditMemo
from creditmemos.verification import INVARIANTS, Breach, breaches, one_moment, rules, table_rules
from tests.creditmemos.damages import DAMAGE, TABLES, fill
from tests.factories.scenario import Scenario
from tests.payments.damages import DAMAGE as OF_PAYMENTS
from tests.support.damage import run, unguarded
from tests.support.threads import together


def plant(scenario: Scenario, statements: str) -> None:
    ids = scenario.names()
    with unguarded(*TABLES.values()):
        run(*(fill(statement, ids) for statement in statements.split(";")))


def reported() -> str:
    found = dict.fromkeys(breach.invariant for breach in breaches())
    return " ".join(found)


def test_the_story_has_no_breach(scenario: Scenario) -> None:
    assert breaches() == []


@pytest.mark.damage
@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_reported_as_what_it_is(scenario: Scenario, what: str) -> None:
    expected, statements = DAMAGE[what]
    plant(scenario, statements)
    assert reported() == expected


def test_every_rule_was_broken_once() -> None:
    broken = {code for codes, _ in [*DAMAGE.values(), *OF_PAYMENTS.values()] for code in codes.split()}
    assert broken == INVARIANTS.keys() - {"I13"}


@pytest.mark.damage
def test_the_rows_concerned_are_named(scenario: Scenario) -> None:
    plant(scenario, "UPDATE {MEMO} SET status = 'paid_out' WHERE id IN ({credit}, {goodwill})")
    ids = tuple(str(memo.pk) for memo in sorted((scenario.credit, scenario.goodwill), key=lambda memo: memo.pk))
    says = "the status is not what the amounts say"
    assert breaches() == [Breach("I5", says, "memo", ids)]
    assert str(breaches()[0]) == f"I5 {says}: memo {', '.join(ids)}"


@pytest.mark.damage
def test_much_damage_hides_no_other(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SHOWN", 1)
    plant(
        scenario,
        """UPDATE {MEMO} SET status = 'unapplied' WHERE number IS NOT NULL;
        UPDATE {MEMO} SET frozen = '{{}}' WHERE id = {far_memo}""",
    )
    assert reported() == "I5 I10"


TWICE = {
    "i12_memo_number_unique": (
        "{MEMO}",
        "I12 I13 I26",
        """UPDATE {MEMO} SET number = (SELECT number FROM {MEMO} WHERE id = {credit})
            WHERE merchant_id = (SELECT merchant_id FROM {MEMO} WHERE id = {credit}) AND number IS NOT NULL""",
    ),
    "i12_invoice_sequence_unique": (
        "{INVOICE}",
        "I12 I13 I26",
        "UPDATE {INVOICE} SET sequence = 1, number = 'INV-00001' WHERE id = {birch_invoice}",
    ),
    "creditmemos_application_reverses_id_key": (
        "{APPLICATION}",
        "I11",
        "UPDATE {APPLICATION} SET reverses_id = {undone} WHERE id = {used}",
    ),
}


@pytest.mark.damage
@pytest.mark.postgres  # SQLite can't drop them from a table.
@pytest.mark.parametrize("constraint", TWICE)
def test_what_is_there_twice_is_reported(scenario: Scenario, constraint: str) -> None:
    table, expected, statement = TWICE[constraint]
    run(f"ALTER TABLE {fill(table, {})} DROP CONSTRAINT {constraint}")
    plant(scenario, statement)
    assert reported() == expected


@pytest.mark.damage
def test_a_missing_guard_is_reported(scenario: Scenario) -> None:
    on_table = " ON creditmemos_application" if connection.vendor == "postgresql" else ""
    run(f"DROP TRIGGER i2_application_settles{on_table}")
    [breach] = breaches()
    assert (breach.invariant, breach.ids) == ("I13", ("trigger i2_application_settles is missing",))


def test_the_command_prints_a_line_per_invariant(scenario: Scenario) -> None:
    out = StringIO()
    call_command("verify_books", stdout=out)
    lines = out.getvalue().splitlines()
    assert [line.split()[:2] for line in lines] == [[code, "ok"] for code in INVARIANTS]


@pytest.mark.damage
def test_the_command_fails_on_a_breach(scenario: Scenario) -> None:
    plant(scenario, "UPDATE {MEMO} SET status = 'unapplied' WHERE id = {goodwill}")
    out = StringIO()
    with pytest.raises(CommandError) as refused:
        call_command("verify_books", stdout=out)
    assert refused.value.returncode == 1
    lines = out.getvalue().splitlines()
    assert f"     the status is not what the amounts say: memo {scenario.goodwill.pk}" in lines
    assert [line.split()[0] for line in lines if "BROKEN" in line] == ["I5"]


def test_it_sees_one_moment(scenario: Scenario) -> None:
    def rename() -> int:
        return CreditMemo.objects.filter(pk=scenario.goodwill.pk).update(internal_note="changed meanwhile")

    def note() -> str:
        return CreditMemo.objects.get(pk=scenario.goodwill.pk).internal_note

    with one_moment():
        before = note()
        assert together([rename]) == [1]
        assert note() == before
    assert note() == "changed meanwhile"


def test_the_statements_do_not_grow_with_the_books(scenario: Scenario) -> None:
    with CaptureQueriesContext(connection) as asked_of_the_catalogue:
        assert installed_guards.differences() == []
    with CaptureQueriesContext(connection) as queries:
        assert breaches() == []
    assert len(queries) == len(table_rules()) + len(with_keys()) + len(asked_of_the_catalogue)
    assert len(asked_of_the_catalogue) <= 4
