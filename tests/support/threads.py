"""Run the same moment many times: threads that wait for each other and leave no connection behind."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from django.db import connections

Result = TypeVar("Result")
WAIT_SECONDS = 30


def together(works: Sequence[Callable[[], Result]]) -> list[Result | Exception]:
    """Run all works at once, each on its own connection, and give each one's result or the exception it ended with."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Result]) -> Result | Exception:
        try:
            connections["default"].ensure_connection()
            barrier.wait(WAIT_SECONDS)
            return work()
        except Exception as error:  # noqa: BLE001 - the caller judges it
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))
