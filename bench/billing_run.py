"""A billing run beside the limit that writes the same rows, and what people notice meanwhile.

    .venv/bin/python bench/billing_run.py [--companies 1000 10000] [--two] [--hands]

N companies with five charges each, one in three with a credit of an earlier charge: reading, rating, issuing and
applying by one worker in this process, then the same rows by ``billing_limit`` in the same database. ``--two`` runs
it again with two worker processes; ``--hands`` lets people apply credit by hand beside the run.
"""

import argparse
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import wraps

import throwaway

if "--lane" not in sys.argv:
    ADDRESS = throwaway.prepare()
else:
    throwaway.join()

from datetime import UTC, datetime

import billing_data
from billing_limit import Limit
from django.db import connection, transaction

from billing.models import BillingRun, RunBatch
from billing.operations import running
from billing.operations.running import issuing
from billing.operations.running.rating import rate_all
from billing.queries.loading import load
from core.retry import retry
from creditmemos import operations
from creditmemos.domain.planning import Allocation
from tests.factories.world import Market, charge, issue_invoice, issue_memo, key

CHUNK = 200
HANDS, PAUSE = 4, 0.1


class Clock:
    """The seconds spent in a function."""

    def __init__(self, call: Callable[..., object]) -> None:
        self.seconds = 0.0
        self.call = call

    def timed(self) -> Callable[..., object]:
        """The function, timed."""

        @wraps(self.call)
        def run(*given: object, **named: object) -> object:
            began = time.perf_counter()
            try:
                return self.call(*given, **named)
            finally:
                self.seconds += time.perf_counter() - began

        return run


def start(market: Market, through: object) -> BillingRun:
    """A run with its payers collected; the seconds that took."""
    run = running.start_run(through=through, actor=market.actor(), now=billing_data.NOW, key=key())  # type: ignore[arg-type]
    with transaction.atomic():
        running.collect(run_id=run.pk, now=billing_data.NOW)
    run.refresh_from_db()
    return run


def work(run_id: int, lane: int) -> None:
    """One worker to its end."""
    while running.RunWorker(run_id, lane, billing_data.NOW).work():
        pass


class Hands:
    """People who apply credit while a run goes on: how long each application took, on connections that are warm."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.pairs = [
            (issue_memo(market, "90000.00").pk, issue_invoice(market, charge("90000.00")).pk) for _ in range(HANDS)
        ]
        self.times: list[float] = []
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._apply, args=(pair,)) for pair in self.pairs]

    def _apply(self, pair: tuple[int, int]) -> None:
        actor, is_warm = self.market.actor(), False
        while not self.stopped.wait(PAUSE):
            token, began = key(), time.perf_counter()
            allocations = [Allocation(*pair, 1)]
            retry(lambda: operations.apply(allocations=allocations, actor=actor, now=datetime.now(UTC), key=token))  # noqa: B023
            if is_warm:
                self.times.append(time.perf_counter() - began)
            is_warm = True
        connection.close()

    def __enter__(self) -> "Hands":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_given: object) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def said(self) -> str:
        """Median, 99th percentile and greatest, in milliseconds."""
        times = sorted(self.times)
        p50, p99 = times[len(times) // 2] * 1000, times[int(len(times) * 0.99)] * 1000
        return f"{len(times)} applications by hand: p50 {p50:.0f} ms, p99 {p99:.0f} ms, max {times[-1] * 1000:.0f} ms"


def due_for(companies: int) -> Market:
    """A market whose second run is to be measured."""
    market = billing_data.fill(companies)
    work(start(market, billing_data.MAY).pk, 0)
    billing_data.give_back(market)
    billing_data.analyze()
    return market


def measured(companies: int) -> None:
    """One worker in this process, then the limit."""
    market = due_for(companies)
    reading, rating = Clock(load), Clock(rate_all)
    vars(issuing).update(load=reading.timed(), rate_all=rating.timed())
    began = time.perf_counter()
    run = start(market, billing_data.JUNE)
    collected = time.perf_counter() - began
    began = time.perf_counter()
    work(run.pk, 0)
    took = time.perf_counter() - began
    vars(issuing).update(load=load, rate_all=rate_all)
    run.refresh_from_db()
    assert run.state == BillingRun.State.FINISHED
    told(run, companies, collected, took, reading.seconds, rating.seconds)
    compare(run, took - reading.seconds - rating.seconds)


def beside_hands(companies: int) -> None:
    """People apply credit by hand, first alone, then while a worker process is busy with a run."""
    market = due_for(companies)
    with Hands(market) as alone:
        time.sleep(5)
    print(f"    alone: {alone.said()}")
    run = start(market, billing_data.JUNE)
    with Hands(market) as beside:
        worker([str(run.pk), "0"]).wait()
    print(f"    beside a run of {companies}: {beside.said()}")


def worker(lane: list[str]) -> subprocess.Popen[bytes]:
    """A process that works on a run."""
    connection.close()
    return subprocess.Popen([sys.executable, __file__, "--lane", *lane])


def told(run: BillingRun, companies: int, collected: float, took: float, reading: float, rating: float) -> None:
    """What the run did a second."""
    batches = RunBatch.objects.filter(run=run)
    lines = sum(batches.values_list("charges", flat=True))
    documents = sum(batches.values_list("documents", flat=True))
    applications = sum(batches.values_list("applications", flat=True))
    onward = took - reading - rating
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{companies:7} companies: {took:6.1f} s, {documents / took:6.0f} documents/s, {lines / took:6.0f} lines/s, "
        f"{applications / took:5.0f} applications/s, peak {memory:.0f} MiB"
    )
    print(
        f"    collect {collected:.2f} s, read {reading:.1f} s, rate {rating:.1f} s ({lines / rating:.0f} lines/s), "
        f"from rated lines onward {onward:.1f} s: {onward / documents * 1e6:.0f} us a document"
    )


def compare(run: BillingRun, onward: float) -> None:
    """The same rows by the limit."""
    limit = Limit(run.pk)
    issued, applied = limit.write(CHUNK)
    ratio = onward / (issued + applied)
    print(f"    limit {issued + applied:.1f} s (issue {issued:.1f}, apply {applied:.1f}): ratio {ratio:.2f}")


def two_workers(companies: int) -> None:
    """One and two worker processes on runs of the same size."""
    for workers in (1, 2):
        run = start(due_for(companies), billing_data.JUNE)
        began = time.perf_counter()
        children = [worker([str(run.pk), str(lane)]) for lane in range(workers)]
        codes = [child.wait() for child in children]
        took = time.perf_counter() - began
        assert codes == [0] * workers
        documents = sum(RunBatch.objects.filter(run=run).values_list("documents", flat=True))
        print(f"{companies:7} companies, {workers} worker processes: {took:.1f} s, {documents / took:.0f} documents/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--companies", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--two", action="store_true")
    parser.add_argument("--hands", action="store_true")
    parser.add_argument("--lane", type=int, nargs=2)
    wanted = parser.parse_args()
    if wanted.lane:
        work(*wanted.lane)
        print(f"    worker: peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
        return
    for companies in wanted.companies:
        measured(companies)
    if wanted.hands:
        beside_hands(max(wanted.companies))
    if wanted.two:
        two_workers(max(wanted.companies))


if __name__ == "__main__":
    main()
