"""`make run` as its user meets it: it starts, heals, refuses a double and leaves nothing behind."""

import contextlib
import os
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

import pytest

from tests.support.stack import Stack

PATIENCE = 15  # seconds
PARTS = ("valkey", "worker", "relay", "web")

pytestmark = pytest.mark.fault


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within our patience."""
    deadline = time.monotonic() + PATIENCE
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").split(")")[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The product on an empty migrated database, in a folder whose path is too long for a socket and has a blank."""
    stack = Stack(tmp_path_factory.mktemp("a folder") / ("x" * 90), OFFSET_DEMO="no", OFFSET_HTTPS="no")
    stack.lay_database()
    yield stack
    stack.stop()


@pytest.fixture
def product(shared: Stack) -> Stack:
    """The shared product, started again when the test before has ended it."""
    if shared.process is None or shared.process.poll() is not None:
        shared.start()
    return shared


def test_it_serves_a_strict_page_and_ends_without_a_trace(product: Stack) -> None:
    with build_opener(ProxyHandler({})).open(product.address) as answer:
        assert answer.url.startswith(f"{product.address}/sign-in/")
        policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    pids = [product.pid(part) for part in PARTS]
    sockets = Path(f"/proc/{pids[0]}/cwd").readlink()
    product.stop()
    assert [pid for pid in pids if is_alive(pid)] == []
    assert not sockets.exists()
    assert not (product.folder / "running.json").exists()


@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back(product: Stack, part: str) -> None:
    before = product.pid(part)
    product.kill(part)
    assert soon(lambda: product.pid(part) != before)
    with build_opener(ProxyHandler({})).open(product.address, timeout=PATIENCE) as answer:
        assert answer.status == 200


def test_a_second_start_on_the_same_data_is_refused(product: Stack) -> None:
    second = Stack(product.folder, **{name: product.env[name] for name in ("OFFSET_DEMO", "OFFSET_HTTPS")})
    second.output = product.folder / "second.txt"
    with pytest.raises(RuntimeError, match="already running"):
        second.start()
    assert product.address in second.said()
    assert is_alive(product.pid("web"))


def test_its_parts_end_with_a_killed_supervisor(product: Stack) -> None:
    pids = [product.pid(part) for part in PARTS]
    sockets = Path(f"/proc/{pids[0]}/cwd").readlink()
    assert product.process is not None
    os.kill(product.process.pid, signal.SIGKILL)
    assert soon(lambda: not any(map(is_alive, pids)))
    shutil.rmtree(sockets)


def test_a_taken_port_is_refused_in_words(product: Stack, tmp_path: Path) -> None:
    second = Stack(tmp_path / "second", OFFSET_DEMO="no", OFFSET_PORT=product.address.rpartition(":")[2])
    with pytest.raises(RuntimeError, match="is taken"):
        second.start()


def test_relay_broker_and_every_queue_give_signs_of_life(product: Stack) -> None:
    def seen() -> set[str]:
        with contextlib.closing(sqlite3.connect(product.folder / "offset.sqlite3")) as books:
            return {part for (part,) in books.execute("SELECT part FROM core_partseen WHERE seen_at IS NOT NULL")}

    wanted = {"relay", "broker", "queue billing", "queue default", "queue documents", "queue mail", "queue payments"}
    assert soon(lambda: seen() == wanted), seen()
