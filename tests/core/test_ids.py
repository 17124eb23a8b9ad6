"""Identifiers by time: in order within a process, and what the standard says they are."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import time_machine

from core import ids
from core.ids import uuid7


def test_it_is_a_version_7_with_its_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ids, "_last", 0)  # Another test may have been in the future.
    before = time.time_ns() // 1_000_000
    found = uuid7()
    assert (found.version, found.variant) == (7, uuid.RFC_4122)
    assert before <= found.int >> 80 <= time.time_ns() // 1_000_000 + 1


def test_they_come_in_the_order_they_were_asked_for() -> None:
    found = [uuid7() for _ in range(20_000)]
    assert found == sorted(found)
    assert len(set(found)) == len(found)


def test_also_while_the_clock_stands_still_or_is_put_back() -> None:
    first = uuid7()
    with time_machine.travel(datetime(2020, 1, 1, tzinfo=UTC), tick=False):
        found = [first, *(uuid7() for _ in range(5000))]
    assert found == sorted(set(found))
    assert uuid7() > found[-1]


def test_no_two_threads_share_a_moment() -> None:
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda _: uuid7().int >> 64, range(20_000)))
    assert len(set(found)) == len(found)
    assert ids._last > 0
