"""One result per person, operation and key (I17)."""

from datetime import date
from decimal import Decimal
from functools import partial
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from companies.models import Marketplace
from core import idempotency
from core.actors import Actor, pipeline
from core.errors import DuplicateRequest
from core.models import IdempotencyRecord
from tests.factories.companies import MarketplaceFactory
from tests.factories.world import NOW
from tests.support.databases import Copy
from tests.support.threads import together


@pytest.fixture
def north(db: None) -> Marketplace:
    made: Marketplace = MarketplaceFactory.create(code="north")
    return made


def actor(market: Marketplace, user_id: int = 7) -> Actor:
    return Actor(marketplace_id=market.pk, label="Ada", user_id=user_id)


def claim(who: Actor, *, operation: str = "apply", key: str = "once", body: object = 1) -> IdempotencyRecord | None:
    return idempotency.claim(actor=who, operation=operation, key=key, body=body, now=NOW)


def test_a_key_is_taken_once_and_its_result_kept(north: Marketplace) -> None:
    ada = actor(north)
    assert claim(ada) is None
    idempotency.remember(actor=ada, operation="apply", key="once", result={"memo_id": 5})
    again = claim(ada)
    assert again is not None
    assert (again.result, again.created_at, again.actor_id) == ({"memo_id": 5}, NOW, 7)


def test_another_body_under_the_same_key_is_refused(north: Marketplace) -> None:
    claim(actor(north), body={"amount": 3000})
    with pytest.raises(DuplicateRequest):
        claim(actor(north), body={"amount": 3001})


def test_people_operations_marketplaces_and_the_pipeline_have_their_own_keys(north: Marketplace) -> None:
    south = MarketplaceFactory.create(code="south")
    assert claim(actor(north)) is None
    assert claim(actor(north, user_id=8)) is None
    assert claim(actor(north), operation="void") is None
    assert claim(actor(south)) is None
    assert claim(pipeline(north.pk)) is None
    assert IdempotencyRecord.objects.count() == 5


def test_a_result_is_remembered_for_its_own_key_only(north: Marketplace) -> None:
    claim(actor(north))
    claim(actor(north), key="other")
    idempotency.remember(actor=actor(north), operation="apply", key="once", result={"memo_id": 5})
    assert IdempotencyRecord.objects.get(key="other").result == {}


def test_a_rolled_back_request_gives_its_key_back(north: Marketplace) -> None:
    class Refused(Exception):
        pass

    def ask() -> None:
        with transaction.atomic():
            claim(actor(north), body="wrong")
            raise Refused

    with pytest.raises(Refused):
        ask()
    assert claim(actor(north), body="right") is None


def test_the_order_of_names_in_a_body_does_not_matter() -> None:
    assert idempotency.fingerprint({"a": 1, "b": [2]}) == idempotency.fingerprint({"b": [2], "a": 1})
    assert idempotency.fingerprint([1, 2]) != idempotency.fingerprint([2, 1])
    assert idempotency.fingerprint([1]) != idempotency.fingerprint(["1"])
    mixed = [Decimal("1.10"), date(2026, 5, 18), UUID(int=5), None, "\u00fc"]
    assert len(idempotency.fingerprint(mixed)) == 64


@pytest.mark.parametrize("length", [1, 255])
def test_keys_may_be_long(north: Marketplace, length: int) -> None:
    key = "k" * length
    assert claim(actor(north), key=key) is None
    assert claim(actor(north), key=key) is not None


def test_the_database_keeps_one_row_whoever_writes_it(north: Marketplace) -> None:
    claim(actor(north))
    with pytest.raises(IntegrityError), transaction.atomic():
        IdempotencyRecord.objects.create(
            marketplace=north, actor_id=7, operation="apply", key="once", body_hash="x", created_at=NOW
        )


def test_a_key_is_claimed_inside_the_transaction_that_it_protects(committed_db: Copy) -> None:
    north = MarketplaceFactory.create()
    with pytest.raises(RuntimeError, match="inside the transaction"):
        claim(actor(north))


def work(ada: Actor, done: list[int]) -> dict[str, object]:
    with transaction.atomic():
        before = claim(ada)
        if before is not None:
            return dict(before.result)
        done.append(1)
        result: dict[str, object] = {"memo_id": len(done)}
        idempotency.remember(actor=ada, operation="apply", key="once", result=result)
        return result


@pytest.mark.race
def test_sixteen_submits_at_once_have_one_effect_and_one_answer(committed_db: Copy) -> None:
    ada, done = actor(MarketplaceFactory.create()), list[int]()
    answers = together([partial(work, ada, done)] * 16)
    assert answers == [{"memo_id": 1}] * 16
    assert done == [1]
