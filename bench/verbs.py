"""Applies per second with 16 threads, on hot rows and on spread rows, beside the same statements in bare psycopg.

    .venv/bin/python bench/verbs.py [--seconds 6] [--rounds 3]

Both sides run in turn in one process on one database, so that the ratio holds on a noisy machine. The bare side sends
what the verb sends (idempotency key, locks, open places, parts, application, read-back, journal, audit, jobs, result),
hand-written, prepared, and without checking anything; guards and triggers of the database work for both.
"""

import argparse
import random
import statistics
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

import throwaway

ADDRESS = throwaway.prepare()

import bare_apply  # noqa: E402
from django.db import connection  # noqa: E402

from core.retry import retry  # noqa: E402
from creditmemos import operations  # noqa: E402
from creditmemos.domain.planning import Allocation  # noqa: E402
from tests.factories.world import Market, charge, issue_invoice, issue_memo, key, make_market  # noqa: E402

THREADS = 16
HOT, SPREAD = 16, 400
Pair = tuple[int, int]
Apply = Callable[[Pair], None]


def stock(market: Market) -> tuple[list[Pair], list[Pair]]:
    """Memos and invoices large enough never to be used up: a few for everybody, and many."""
    market.marketplace.settings.payment_terms_days = 30
    pairs = []
    for _ in range(HOT + SPREAD):
        memo = issue_memo(market, "900000.00")
        pairs.append((memo.pk, issue_invoice(market, charge("900000.00")).pk))
    return pairs[:HOT], pairs[HOT:]


Worker = Callable[[], tuple[Apply, Callable[[], None]]]


def run(seconds: float, pairs: list[Pair], worker: Worker) -> tuple[float, float]:
    """Applies per second and the 99th percentile in milliseconds, over all threads."""
    times: list[float] = []
    end = time.monotonic() + seconds

    def work(seed: int) -> None:
        choice = random.Random(seed)
        apply, close = worker()
        mine: list[float] = []
        while time.monotonic() < end:
            memo, invoice = choice.choice(pairs)[0], choice.choice(pairs)[1]
            started = time.perf_counter()
            apply((memo, invoice))
            mine.append(time.perf_counter() - started)
        times.extend(mine)
        close()

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(times) / seconds, sorted(times)[int(len(times) * 0.99)] * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=6)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    market = make_market()
    hot, spread = stock(market)
    actor = market.actor()

    def with_verb() -> tuple[Apply, Callable[[], None]]:
        def apply(pair: Pair) -> None:
            allocations = [Allocation(*pair, 1)]
            token = key()
            retry(lambda: operations.apply(allocations=allocations, actor=actor, now=datetime.now(UTC), key=token))

        return apply, connection.close

    def with_bare() -> tuple[Apply, Callable[[], None]]:
        session = bare_apply.Session(ADDRESS, actor=actor, account=market.account(), company_id=market.acme.pk)
        connection.close()
        return session.apply, session.close

    print(f"{THREADS} threads, {wanted.seconds:g} s a run, {wanted.rounds} rounds; applies per second (p99 ms)")
    for name, pairs in (("hot rows", hot), ("spread rows", spread)):
        ratios = []
        for _round in range(wanted.rounds):
            bare, bare_p99 = run(wanted.seconds, pairs, with_bare)
            verb, verb_p99 = run(wanted.seconds, pairs, with_verb)
            ratios.append(verb / bare)
            figures = f"verb {verb:7.1f} ({verb_p99:5.0f})   bare {bare:7.1f} ({bare_p99:5.0f})"
            print(f"{name:12} {figures}   {verb / bare:.2f}")
        print(f"{name:12} verb / bare: median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})")


if __name__ == "__main__":
    main()
