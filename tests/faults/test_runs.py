"""A billing run while parts of the product are killed, frozen and forgotten: nothing is lost, nothing comes twice."""

import os
import signal
import time
from collections.abc import Callable
from random import Random

import pytest
from django.db import connection

from billing.models import BillingRun
from core.models import OutboxJob
from tests.faults.runs import Start, begin, ends_undisturbed, finished, start_run, stocked, undisturbed
from tests.support.outbox import end_leases
from tests.support.valkey import Valkey
from tests.support.work import Process, children_of, relay, until, worker

MORE_SEEDS = range(2, 51)
"""Other orders of the faults, for the long run."""

pytestmark = [pytest.mark.fault, pytest.mark.postgres]


def cut_connections() -> None:
    """Every other connection to this database ends, as when the server restarts."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


class Parts:
    """What can be taken away from a running product, each in its own way."""

    def __init__(self, start: Start, valkey: Valkey) -> None:
        self.start, self.valkey = start, valkey
        self.workers = [self._worker(), self._worker()]
        self.relay = start(relay)

    def _worker(self) -> Process:
        return self.start(worker, queues=("billing",), children=2)

    def kill_a_child(self) -> None:
        for child in children_of(self.workers[0].pid)[:1]:
            os.kill(child, signal.SIGKILL)

    def kill_a_worker(self) -> None:
        self.workers[1].kill()
        self.workers[1] = self._worker()

    def kill_the_relay(self) -> None:
        self.relay.kill()
        self.relay = self.start(relay)

    def lose_the_broker(self) -> None:
        self.valkey.stop()
        time.sleep(0.2)
        self.valkey.start()

    def freeze_the_broker(self) -> None:
        self.valkey.freeze()
        time.sleep(0.4)
        self.valkey.thaw()

    def flush_the_broker(self) -> None:
        self.valkey.flush()

    def faults(self, seed: int) -> list[Callable[[], None]]:
        """All of them, in an order of the seed's."""
        found = [
            self.kill_a_child, self.kill_a_worker, self.kill_the_relay, self.lose_the_broker, self.freeze_the_broker,
            self.flush_the_broker, cut_connections,
        ]  # fmt: skip
        Random(seed).shuffle(found)
        return found


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in MORE_SEEDS)])
def test_a_run_survives_what_happens_to_its_parts(
    committed_db: object, start: Start, valkey: Valkey, seed: int
) -> None:
    expected = undisturbed(stocked("south"))
    north = stocked("north")
    parts = Parts(start, valkey)
    run, hand = begin(north)
    suffered = 0
    for fault in parts.faults(seed):
        fault()
        connection.close()
        end_leases()  # in life a minute later
        if finished(run):
            break
        suffered += 1
        time.sleep(0.1)
    assert suffered >= 2, "the run was over too soon to show anything"
    ends_undisturbed(run, hand, north, expected)


def test_messages_alone_would_be_lost(committed_db: object, start: Start, valkey: Valkey) -> None:
    """The control: what a flushed broker forgot never happens, until the relay hands it out again."""
    north = stocked("north")
    handed = start(relay)
    run = start_run(north)
    until(lambda: OutboxJob.objects.filter(topic="billing.run.started", handed__gt=0).exists(), what="the hand-out")
    handed.kill()
    valkey.flush()
    start(worker, queues=("billing",), children=2)
    time.sleep(3)
    run.refresh_from_db()
    assert run.state == BillingRun.State.COLLECTING
    start(relay)
    until(lambda: (end_leases(), finished(run))[1], 60, what="the run")
    assert run.state == BillingRun.State.FINISHED
