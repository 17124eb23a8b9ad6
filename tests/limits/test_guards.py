"""The database refuses what the operations would never do: each rule by a statement that goes around the ORM."""

import pytest
from django.db import IntegrityError, connection, transaction

from core.errors import guard_name
from limits.models import Allowance, CreditCheck, Reservation
from limits.operations import allow_once
from tests.factories.limits import ask, limited, line_of
from tests.factories.world import NOW, make_market

STATEMENTS = {
    "i25_line_has_history": [
        "UPDATE limits_creditline SET mode = 'unlimited', amount = NULL WHERE id = {line}",
        "UPDATE limits_creditline SET amount = 900 WHERE id = {line}",
        "UPDATE limits_creditline SET is_shared = {true} WHERE id = {line}",
        "UPDATE limits_creditline SET version = 7 WHERE id = {line}",
    ],
    "i25_line_of_payer": ["UPDATE limits_creditline SET payer_id = {birch} WHERE id = {line}"],
    "i13_append_only": [
        "DELETE FROM limits_creditline WHERE id = {line}",
        "UPDATE limits_creditlinechange SET amount = 1",
        "DELETE FROM limits_creditlinechange",
        "UPDATE limits_creditcheck SET amount = amount",
        "DELETE FROM limits_creditcheck",
        "DELETE FROM limits_reservation",
        "DELETE FROM limits_allowance",
    ],
    "i25_reservation_is_frozen": [
        "UPDATE limits_reservation SET amount = 1",
        "UPDATE limits_reservation SET expires_at = '2099-01-01 00:00:00+00:00'",
        "UPDATE limits_reservation SET state = 'held', ended_at = NULL WHERE state = 'released'",
    ],
    "i25_reservation_ends": ["UPDATE limits_reservation SET state = 'used' WHERE state = 'held'"],
    "i25_allowance_is_frozen": ["UPDATE limits_allowance SET amount = 1"],
    "i25_reservation_was_allowed": [
        """INSERT INTO limits_reservation (marketplace_id, line_id, check_row_id, key, amount, state, subject,
        created_at, expires_at) SELECT marketplace_id, line_id, id, 'other', amount, 'held', '', asked_at, asked_at
        FROM limits_creditcheck WHERE id = {refused}""",
    ],
    "i25_within_limit": ["INSERT INTO limits_creditcheck ({columns}) SELECT {allowed} FROM limits_creditcheck WHERE id = {refused}"],
    "i25_exposure_is_its_sum": [
        "INSERT INTO limits_creditcheck ({columns}) SELECT {cheaper} FROM limits_creditcheck WHERE id = {refused}"
    ],
}  # fmt: skip
CASES = [(rule, text) for rule, texts in STATEMENTS.items() for text in texts]


@pytest.fixture
def names(committed_db: object) -> dict[str, object]:
    """A line with a limit, a reservation that is held and one that was released, a refusal, an allowance."""
    market = make_market()
    limited(market, 100_00)
    ask(market, 10_00, key="held")
    ask(market, 10_00, key="released")
    row = Reservation.objects.get(key="released")
    row.state, row.ended_at = "released", NOW
    row.save()
    ask(market, 500_00, key="refused")
    allow_once(line=line_of(market.acme), amount=500_00, reason="x", actor=market.actor(), now=NOW)
    columns = [str(field.column) for field in CreditCheck._meta.concrete_fields if field.column != "id"]
    quoted = ['"limit"' if name == "limit" else name for name in columns]
    true = "true" if connection.vendor == "postgresql" else "1"
    allowed = {"is_allowed": true, "refusal": "''"}
    return {
        "line": line_of(market.acme).pk, "birch": market.birch.pk, "true": true,
        "refused": CreditCheck.objects.get(is_allowed=False).pk, "columns": ", ".join(quoted),
        "allowed": ", ".join(allowed.get(name, name) for name in quoted),
        "cheaper": ", ".join({"exposure": "exposure - 1"}.get(name, name) for name in quoted),
    }  # fmt: skip


@pytest.mark.parametrize(("rule", "text"), CASES, ids=[f"{rule} {text[:40]}" for rule, text in CASES])
def test_the_database_refuses(names: dict[str, object], rule: str, text: str) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(text.format(**names))
    assert guard_name(caught.value) == rule


def test_an_allowance_is_used_once(names: dict[str, object]) -> None:
    row = Allowance.objects.get()
    row.used_key, row.used_at = "a", NOW
    row.save()
    row.used_key = "b"
    with pytest.raises(IntegrityError, match="i25_allowance_is_frozen"):
        row.save()
