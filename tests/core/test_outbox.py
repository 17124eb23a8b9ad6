"""The outbox: publishing, running, failing, giving up and running again."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from companies.models import Marketplace
from core import consumer, outbox
from core.actors import Actor
from core.clock import database_now
from core.models import AuditEntry, OutboxJob
from tests.support.outbox import database, drain, end_leases, failing, handlers, outside

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def nothing(*_args: object) -> None:
    return None


@pytest.fixture
def north(db: None) -> Marketplace:
    return Marketplace.objects.create(code="north", name="North", currency="EUR")


def publish(market: Marketplace, key: str = "memo:1", topic: str = "thing.done") -> uuid.UUID:
    with transaction.atomic():
        return outbox.publish(topic=topic, key=key, marketplace_id=market.pk, payload={"memo_id": 1}, now=NOW)


def the_job() -> OutboxJob:
    return OutboxJob.objects.get()


def test_publishing_writes_one_job_per_handler(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", nothing), outside("thing.done", "b.mail", nothing)):
        event = publish(north)
    jobs = OutboxJob.objects.order_by("handler")
    assert [(job.handler, job.kind, job.event) for job in jobs] == [
        ("a.count", "database", event),
        ("b.mail", "outside", event),
    ]
    assert jobs[0].payload == {"memo_id": 1}
    assert jobs[0].at == NOW
    assert abs(jobs[0].created_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_who_does_not_want_a_handlers_work_gets_no_job(north: Marketplace) -> None:
    south = Marketplace.objects.create(code="south", name="South", currency="EUR")
    picky = outbox.Handler(
        "thing.done", "test.picky", nothing, "database", 30, "default", wanted=lambda pk: pk == south.pk
    )
    with handlers(database("thing.done", "a.count", nothing), picky):
        for market in (north, south):
            publish(market)
            with transaction.atomic():
                outbox.publish_many(
                    [outbox.Event("thing.done", "memo:2", {})], marketplace_id=market.pk, now=database_now()
                )
    names = OutboxJob.objects.filter(handler="test.picky").values_list("marketplace_id", "key")
    assert sorted(names) == [(south.pk, "memo:1"), (south.pk, "memo:2")]
    assert OutboxJob.objects.exclude(handler="test.picky").count() == 4


def test_a_topic_without_handlers_leaves_nothing(north: Marketplace) -> None:
    publish(north)
    assert not OutboxJob.objects.exists()


def test_a_repeated_key_adds_nothing(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", nothing)):
        assert publish(north) == publish(north)
    assert OutboxJob.objects.count() == 1


def test_another_marketplace_has_events_of_its_own(north: Marketplace) -> None:
    south = Marketplace.objects.create(code="south", name="South", currency="JPY")
    with handlers(database("thing.done", "a.count", nothing)):
        assert publish(north) != publish(south)
    assert OutboxJob.objects.count() == 2


def test_a_rollback_takes_the_event_along(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", nothing)), transaction.atomic():
        publish(north)
        transaction.set_rollback(True)
    assert not OutboxJob.objects.exists()


def test_publishing_needs_a_transaction(committed_db: object) -> None:
    with pytest.raises(outbox.OutsideTransaction):
        outbox.publish(topic="thing.done", key="1", marketplace_id=1, payload={}, now=NOW)


def test_the_database_refuses_a_second_job_for_a_handler(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", nothing)):
        publish(north)
    job = the_job()
    job.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        job.save(force_insert=True)


def test_a_database_handler_sees_its_job_and_the_time(north: Marketplace) -> None:
    seen: list[tuple[object, datetime]] = []
    with handlers(database("thing.done", "a.count", lambda job, now: seen.append((job.payload["memo_id"], now)))):
        publish(north)
        assert drain(NOW) == 1
    assert seen == [(1, NOW)]
    assert the_job().done_at is not None
    assert the_job().attempts == 1


def test_a_database_handler_that_fails_leaves_no_effect(north: Marketplace) -> None:
    def half(_job: OutboxJob, _now: datetime) -> None:
        Marketplace.objects.filter(pk=north.pk).update(name="Changed")
        raise RuntimeError("the second half failed")

    with handlers(database("thing.done", "a.count", half)):
        publish(north)
        assert drain() == 0
    north.refresh_from_db()
    job = the_job()
    assert north.name == "North"
    assert (job.attempts, job.done_at, job.token) == (1, None, None)
    assert "the second half failed" in job.last_error
    assert timedelta(seconds=3) < job.next_at - database_now() <= timedelta(seconds=5)


def test_pauses_grow_to_an_hour() -> None:
    pauses = [consumer.pause_after(n).total_seconds() for n in (1, 2, 3, 11, 12)]
    assert pauses == [5, 10, 20, 3600, 3600]


def test_the_twelfth_failure_is_the_last(north: Marketplace) -> None:
    told: list[str] = []
    work = database("thing.done", "a.count", failing("no luck"), on_dead=lambda _job, why, _now: told.append(why))
    with handlers(work):
        publish(north)
        for _ in range(20):
            end_leases()
            drain()
    job = the_job()
    assert (job.attempts, job.state) == (12, "dead")
    assert told == ["RuntimeError: no luck"]


def test_a_permanent_failure_is_final_at_once(north: Marketplace) -> None:
    with handlers(outside("thing.done", "b.mail", failing("550 no such person", permanent=True))):
        publish(north)
        drain()
    job = the_job()
    assert (job.attempts, job.state, job.last_error) == (1, "dead", "550 no such person")


def test_telling_of_a_death_cannot_undo_it(north: Marketplace) -> None:
    work = outside("thing.done", "b.mail", failing("gone", permanent=True), on_dead=failing("and this too"))
    with handlers(work):
        publish(north)
        drain()
    assert the_job().state == "dead"


def test_an_unknown_handler_waits_for_code_that_knows_it(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", nothing)):
        publish(north)
    drain()
    assert "a.count" in the_job().last_error
    end_leases()
    with handlers(database("thing.done", "a.count", nothing)):
        assert drain() == 1


def test_an_outside_handler_works_without_a_transaction_and_records_in_one(committed_db: object) -> None:
    market = Marketplace.objects.create(code="north", name="North", currency="EUR")
    seen: list[tuple[str, bool, bool]] = []

    def work(_job: OutboxJob, _now: datetime) -> outbox.Recorder:
        seen.append(("work", connection.in_atomic_block, the_job().done_at is None))
        return lambda: seen.append(("record", connection.in_atomic_block, the_job().done_at is None))

    with handlers(outside("thing.done", "b.mail", work)):
        publish(market)
        assert drain() == 1
    assert seen == [("work", False, True), ("record", True, False)]


def test_a_claim_is_longer_than_the_time_limit(north: Marketplace) -> None:
    left: list[timedelta] = []
    with handlers(outside("thing.done", "b.mail", lambda job, _now: left.append(job.next_at - database_now()))):
        publish(north)
        drain()
    assert timedelta(seconds=40) < left[0] <= timedelta(seconds=45)


def test_who_lost_the_lease_records_nothing(north: Marketplace) -> None:
    recorded: list[str] = []

    def slow(job: OutboxJob, _now: datetime) -> outbox.Recorder:
        end_leases()
        OutboxJob.objects.filter(pk=job.pk).update(token=uuid.uuid4())  # somebody else has claimed it
        return lambda: recorded.append("late")

    with handlers(outside("thing.done", "b.mail", slow)):
        publish(north)
        assert not consumer.run(the_job().pk)
    assert recorded == []
    assert the_job().done_at is None


def test_a_claimed_job_is_left_alone_until_its_lease_ends(north: Marketplace) -> None:
    runs: list[int] = []

    def once(job: OutboxJob, _now: datetime) -> None:
        runs.append(job.attempts)
        if len(runs) == 1:
            assert not consumer.run(job.pk)  # delivered again while it runs

    with handlers(outside("thing.done", "b.mail", once)):
        publish(north)
        drain()
    assert runs == [1]


def test_a_resting_job_does_not_run_early(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", failing("no luck"))):
        publish(north)
        drain()
        consumer.run(the_job().pk)  # an old message arrives
    assert the_job().attempts == 1


def test_a_run_that_never_ends_is_buried_after_twelve(north: Marketplace) -> None:
    with handlers(outside("thing.done", "b.mail", nothing)):
        publish(north)
        OutboxJob.objects.update(attempts=12, token=uuid.uuid4())  # twelve workers died over it
        end_leases()
        drain()
    assert the_job().state == "dead"


def test_dead_jobs_run_again_when_asked(north: Marketplace) -> None:
    with handlers(database("thing.done", "a.count", failing("no", permanent=True))):
        publish(north)
        drain()
    actor = Actor(marketplace_id=north.pk, label="Mara Manager")
    assert outbox.redrive([the_job().pk], actor=actor, now=NOW) == 1
    with handlers(database("thing.done", "a.count", nothing)):
        assert drain() == 1
    entry = AuditEntry.objects.get(verb="outbox.redrive")
    assert (entry.who, entry.object_id, entry.before["error"]) == ("Mara Manager", the_job().pk, "no")


def test_only_dead_jobs_of_the_own_marketplace_are_run_again(north: Marketplace) -> None:
    south = Marketplace.objects.create(code="south", name="South", currency="JPY")
    with handlers(database("thing.done", "a.count", failing("no", permanent=True))):
        publish(north)
        publish(south, "memo:2")
        drain()
        publish(north, "memo:3")
    actor = Actor(marketplace_id=south.pk, label="Sora")
    ids = list(OutboxJob.objects.values_list("pk", flat=True))
    assert outbox.redrive(ids, actor=actor, now=NOW) == 1
    assert OutboxJob.objects.dead().get().marketplace == north
