"""Any interleaving of publish, crash, delivery, second delivery and lease end leaves exactly one database effect."""

from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from companies.models import Marketplace
from core import consumer, outbox, relay
from core.models import AuditEntry, OutboxJob
from core.relay import BrokerDown, Handout
from tests.support.outbox import database, end_leases, handlers, outside

pytestmark = pytest.mark.property

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
STEPS = 30
EXAMPLES = {"sqlite": 100, "postgresql": 25}
LONG_STEPS = 50_000


class Crash(BaseException):
    """The process is killed: nothing in it gets a chance to clean up."""


class Delivery(RuleBasedStateMachine):
    """Events, a broker that forgets and repeats, workers that die, and clocks that run on.

    The effect of a database handler is an audit row; an outside handler writes one through its recorder, and counts
    what it did outside.
    """

    def __init__(self) -> None:
        super().__init__()
        self.published: list[str] = []
        self.queue: list[int] = []
        self.outside: dict[str, int] = {}
        self.crash = self.fail = False
        self.world = ExitStack()
        self.world.callback(transaction.savepoint_rollback, transaction.savepoint())
        self.world.enter_context(
            handlers(database("thing.done", "a.count", self.effect), outside("thing.done", "b.mail", self.mail))
        )
        self.market = Marketplace.objects.create(code="north", name="North", currency="EUR")

    def teardown(self) -> None:
        with self.world:
            self.settle()

    def effect(self, job: OutboxJob, now: datetime) -> None:
        self.row(job)
        self.trouble()

    def mail(self, job: OutboxJob, now: datetime) -> outbox.Recorder:
        self.trouble()
        self.outside[job.key] = self.outside.get(job.key, 0) + 1
        return lambda: self.row(job)

    def row(self, job: OutboxJob) -> None:
        AuditEntry.objects.create(
            marketplace=self.market, at=NOW, actor_label="worker", verb=job.handler, kind="event", note=job.key
        )

    def trouble(self) -> None:
        if self.crash:
            raise Crash
        if self.fail:
            raise RuntimeError("not now")

    @initialize()
    def begin(self) -> None:
        self.publish(commit=True)

    @rule(commit=st.booleans())
    def publish(self, *, commit: bool) -> None:
        key = f"event {len(self.published)}"
        with transaction.atomic():
            outbox.publish(topic="thing.done", key=key, marketplace_id=self.market.pk, payload={}, now=NOW)
            transaction.set_rollback(not commit)
        if commit:
            self.published.append(key)

    @precondition(lambda self: self.published)
    @rule(data=st.data())
    def publish_again(self, data: st.DataObject) -> None:
        key = data.draw(st.sampled_from(self.published))
        with transaction.atomic():
            outbox.publish(topic="thing.done", key=key, marketplace_id=self.market.pk, payload={}, now=NOW)

    @rule(accepted=st.sampled_from(["all", "none", "lost", "unsure"]))
    def hand_out(self, accepted: str) -> None:
        def send(handouts: Sequence[Handout]) -> None:
            if accepted in {"all", "unsure"}:
                self.queue.extend(handout.job_id for handout in handouts)
            if accepted in {"none", "unsure"}:
                raise BrokerDown("refused", handouts)

        with suppress(BrokerDown):
            relay.Relay(send).step()

    @precondition(lambda self: self.queue)
    @rule(data=st.data(), again=st.booleans(), end=st.sampled_from(["well", "badly", "killed"]))
    def deliver(self, data: st.DataObject, again: bool, end: str) -> None:
        at = data.draw(st.integers(0, len(self.queue) - 1))
        job_id = self.queue[at] if again else self.queue.pop(at)
        self.fail, self.crash = end == "badly", end == "killed"
        with suppress(Crash):
            consumer.run(job_id)
        self.fail = self.crash = False

    @rule()
    def flush(self) -> None:
        self.queue.clear()

    @rule()
    def lease_ends(self) -> None:
        end_leases()

    @invariant()
    def no_effect_twice(self) -> None:
        found = list(AuditEntry.objects.values_list("verb", "note"))
        assert len(found) == len(set(found))
        assert {note for _verb, note in found} <= set(self.published)

    def settle(self) -> None:
        """Nothing goes wrong any more; time passes."""
        self.fail = self.crash = False
        for _ in range(consumer.ATTEMPTS + 2):
            end_leases()
            self.hand_out(accepted="all")
            while self.queue:
                consumer.run(self.queue.pop(0))
        assert connection.in_atomic_block
        dead = set(OutboxJob.objects.dead().values_list("handler", "key"))
        expected = {(name, key) for name in ("a.count", "b.mail") for key in self.published} - dead
        assert set(AuditEntry.objects.values_list("verb", "note")) == expected
        assert all(OutboxJob.objects.get(handler=name, key=key).attempts == consumer.ATTEMPTS for name, key in dead)
        assert set(self.published) - {key for _name, key in dead} <= set(self.outside)
        self.no_effect_twice()


def run(examples: int) -> None:
    run_state_machine_as_test(
        Delivery,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_each_event_has_its_effects_exactly_once(db: None) -> None:
    run(EXAMPLES[connection.vendor])


@pytest.mark.long
def test_each_event_has_its_effects_exactly_once_in_fifty_thousand_steps(db: None) -> None:
    run(-(-LONG_STEPS // STEPS))
