"""The audit log: one row per verb, in the verb's transaction, and only ever added to."""

import pytest
from django.db import DatabaseError, connection, transaction

from core import audit, labels
from core.actors import pipeline
from core.models import AuditEntry
from tests.factories.world import NOW, Market, issue_memo
from tests.support.verbs import noted


@pytest.fixture(autouse=True)
def made_up_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests record verbs that no app has."""
    monkeypatch.setattr(labels, "is_strict", False)


def test_who_did_what_to_which_thing_when(market: Market) -> None:
    memo = issue_memo(market)
    audit.record(
        actor=market.actor("finance"), verb="credit_memo.read", obj=memo, company_id=memo.payer_id, note="By phone",
        before={"status": "unapplied"}, after={"amounts": [1, 2]}, now=NOW,
    )  # fmt: skip
    entry = noted("credit_memo.read")
    assert (entry.at, entry.marketplace, entry.kind, entry.object_id) == (
        NOW,
        market.marketplace,
        "credit_memo",
        memo.pk,
    )
    assert (entry.actor, entry.who, entry.acting_company) == (
        market.user("finance"), "Finance North", market.operator
    )  # fmt: skip
    assert (entry.company, entry.note) == (market.acme, "By phone")
    assert (entry.before, entry.after) == ({"status": "unapplied"}, {"amounts": [1, 2]})
    assert str(entry) == "credit_memo.read by Finance North"


def test_the_pipeline_has_a_name_and_no_id(market: Market) -> None:
    audit.record(actor=pipeline(market.marketplace.pk), verb="thing.done", kind="thing", object_id=9, now=NOW)
    entry = noted("thing.done")
    assert (entry.actor, entry.who, entry.acting_company, entry.company) == (
        None,
        "Billing pipeline",
        None,
        None,
    )
    assert (entry.kind, entry.object_id, entry.before, entry.after, entry.note) == ("thing", 9, {}, {}, "")


def test_things_are_named_by_id_and_never_by_number(market: Market) -> None:
    memo = issue_memo(market)
    entry = noted("credit_memo.issued")
    assert entry.object_id == memo.pk
    assert str(memo.number) not in f"{entry.before}{entry.after}{entry.note}"


def test_it_goes_with_its_transaction(market: Market) -> None:
    class Refused(Exception):
        pass

    def act() -> None:
        with transaction.atomic():
            audit.record(actor=market.actor(), verb="thing.done", now=NOW)
            raise Refused

    with pytest.raises(Refused):
        act()
    assert not AuditEntry.objects.exists()


def test_texts_of_people_are_kept_as_they_are(market: Market) -> None:
    note = '\'; DROP TABLE --\n%s {"a": 1} \u202e \U0001f4b6'
    audit.record(actor=market.actor(), verb="thing.done", note=note, after={"text": note}, now=NOW)
    entry = noted("thing.done")
    assert (entry.note, entry.after) == (note, {"text": note})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET note = 'x'",
        "DELETE FROM core_auditentry",
        "UPDATE core_personasof SET name = 'x'",
        "DELETE FROM core_personasof",
    ],
)
def test_rows_are_never_changed_or_taken_away(market: Market, statement: str) -> None:
    audit.record(actor=market.actor(), verb="thing.done", now=NOW)
    with pytest.raises(DatabaseError, match="i13_append_only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert noted("thing.done").note == ""
