"""The relay: leases, what comes back when the broker is away, and several relays at once."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from companies.models import Marketplace
from core import consumer, outbox, relay
from core.clock import database_now
from core.models import OutboxJob
from core.models.outbox import OutboxJobQuerySet
from core.relay import BrokerDown, Handout, Relay
from tests.support.outbox import database, end_leases, handlers
from tests.support.threads import WAIT_SECONDS, together

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class FakeBroker:
    """Keeps what it is told, and takes only ``room`` jobs before it goes away."""

    def __init__(self, room: int = 1000) -> None:
        self.room = room
        self.sent: list[Handout] = []

    def __call__(self, handouts: Sequence[Handout]) -> None:
        taken = handouts[: self.room]
        self.sent.extend(taken)
        self.room -= len(taken)
        if len(taken) < len(handouts):
            raise BrokerDown("refused", handouts[len(taken) :])


def publish(count: int, marketplace: Marketplace) -> None:
    with transaction.atomic():
        for number in range(count):
            outbox.publish(
                topic="thing.done", key=f"{number}", marketplace_id=marketplace.pk, payload={"n": number}, now=NOW
            )


@pytest.fixture
def market(committed_db: object) -> Marketplace:
    return Marketplace.objects.create(code="north", name="North", currency="EUR")


COUNT = database("thing.done", "a.count", lambda _job, _now: None)


def test_due_jobs_are_leased_and_sent_in_order(market: Marketplace) -> None:
    broker = FakeBroker()
    with handlers(COUNT):
        publish(3, market)
        assert Relay(broker).step() == 3
        assert Relay(broker).step() == 0
    assert [handout.job_id for handout in broker.sent] == sorted(OutboxJob.objects.values_list("pk", flat=True))
    left = OutboxJob.objects.first().next_at - database_now()  # type: ignore[union-attr]
    assert timedelta(seconds=3) < left <= timedelta(seconds=5)


def test_a_lease_that_ends_is_handed_out_again_and_longer(market: Marketplace) -> None:
    broker = FakeBroker()
    with handlers(COUNT):
        publish(1, market)
        Relay(broker).step()
        end_leases()
        Relay(broker).step()
    job = OutboxJob.objects.get()
    assert len(broker.sent) == 2
    assert (job.handed, job.attempts) == (2, 0)
    assert job.next_at - database_now() > timedelta(seconds=8)


def test_leases_double_up_to_two_minutes() -> None:
    assert [relay.lease_for(n).total_seconds() for n in (1, 2, 3, 5, 6, 40)] == [5, 10, 20, 80, 120, 120]


def test_what_the_broker_refuses_is_due_again_and_costs_no_attempt(market: Marketplace) -> None:
    with handlers(COUNT):
        publish(5, market)
        with pytest.raises(BrokerDown):
            Relay(FakeBroker(room=2)).step()
    assert OutboxJob.objects.due(database_now()).count() == 3
    assert set(OutboxJob.objects.values_list("handed", "attempts")) == {(1, 0), (0, 0)}


def test_a_job_taken_up_meanwhile_is_not_given_back(market: Marketplace) -> None:
    def take_up(handouts: Sequence[Handout]) -> None:
        consumer.run(handouts[0].job_id)
        raise BrokerDown("the answer was lost", handouts)

    with handlers(COUNT):
        publish(1, market)
        with pytest.raises(BrokerDown):
            Relay(take_up).step()
    assert OutboxJob.objects.get().state == "done"


def test_at_most_a_window_of_jobs_is_in_the_broker(market: Marketplace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "WINDOW", 4)
    broker = FakeBroker()
    with handlers(COUNT):
        publish(6, market)
        assert [Relay(broker).step(), Relay(broker).step()] == [4, 0]
        consumer.run(broker.sent[0].job_id)
        assert Relay(broker).step() == 1


def test_idling_takes_no_lock(market: Marketplace) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert relay.lease() == []
    assert all("BEGIN" not in query["sql"] and "UPDATE" not in query["sql"] for query in queries)


def test_the_loop_goes_on_after_broker_and_database_failed(
    market: Marketplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "REST", 0.01)
    troubles: list[Exception] = [BrokerDown("refused", []), OperationalError("the server closed the connection")]
    sent: list[int] = []

    def send(handouts: Sequence[Handout]) -> None:
        if troubles:
            raise troubles.pop(0)
        sent.extend(handout.job_id for handout in handouts)
        loop.stop()

    loop = Relay(send)
    with handlers(COUNT):
        publish(1, market)
        publish(1, Marketplace.objects.create(code="south", name="South", currency="EUR"))
        monkeypatch.setattr(relay, "lease_for", lambda _handed: timedelta(0))
        loop.run()
    assert sent


RELAYS = 4


@pytest.fixture
def all_have_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """No relay writes its leases before each of the others has read what is due: the schedule that locks are for."""
    barrier = Barrier(RELAYS)
    lease_for = relay.lease_for

    def waiting(handed: int) -> timedelta:
        barrier.wait(WAIT_SECONDS)
        return lease_for(handed)

    monkeypatch.setattr(relay, "lease_for", waiting)


@pytest.mark.race
@pytest.mark.postgres
def test_two_relays_never_lease_the_same_job(market: Marketplace, all_have_read: None) -> None:
    ids = lease_at_once(market)
    assert len(ids) == len(set(ids)) == 20 * RELAYS


def lease_at_once(market: Marketplace) -> list[int]:
    """The ids that the relays leased when each took 20 jobs at once."""
    with handlers(COUNT):
        publish(20 * RELAYS, market)
        leased = together([lambda: relay.lease(20)] * RELAYS)
    return [handout.job_id for batch in leased for handout in batch]  # type: ignore[union-attr]


@pytest.mark.race
def test_one_job_delivered_to_eight_workers_has_one_effect(market: Marketplace) -> None:
    effects: list[int] = []
    with handlers(database("thing.done", "a.count", lambda job, _now: effects.append(job.pk))):
        publish(1, market)
        job = OutboxJob.objects.get()
        results = together([lambda: consumer.run(job.pk)] * 8)
    assert sorted(results, key=str) == [False] * 7 + [True]
    assert effects == [job.pk]


@pytest.fixture
def no_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the two tests above would see if nobody locked."""
    monkeypatch.setattr(OutboxJobQuerySet, "select_for_update", lambda rows, **_how: rows)


@pytest.mark.race
@pytest.mark.postgres
def test_control_without_locks_two_relays_lease_the_same_job(
    market: Marketplace, no_locks: None, all_have_read: None
) -> None:
    ids = lease_at_once(market)
    assert len(ids) > len(set(ids))


@pytest.mark.race
@pytest.mark.postgres
def test_control_without_locks_one_job_has_many_effects(market: Marketplace, no_locks: None) -> None:
    effects: list[int] = []

    def slow(job: OutboxJob, _now: datetime) -> None:
        effects.append(job.pk)
        time.sleep(0.2)

    with handlers(database("thing.done", "a.count", slow)):
        publish(1, market)
        job = OutboxJob.objects.get()
        together([lambda: consumer.run(job.pk)] * 8)
    assert len(effects) > 1
