"""The relay and the workers as real processes on a test's own database, to be killed, frozen and started again."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
QUEUES = ("default", "documents", "mail")
PATIENCE = 45
"""Seconds that anything may take on a busy machine."""


class Process:
    """One process of the product, leading a group of its own."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.command, self.env = command, env
        self.output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `remove`
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, or start it again."""
        self.process = subprocess.Popen(
            self.command, cwd=ROOT, env=self.env, stdout=self.output, stderr=self.output, start_new_session=True
        )

    @property
    def pid(self) -> int:
        """The process id of the running leader."""
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        return self.process.pid

    def kill(self) -> None:
        """End the whole group as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        os.kill(self.pid, signal.SIGTERM)
        assert self.process is not None
        return self.process.wait(PATIENCE)

    def said(self) -> str:
        """What it wrote so far."""
        self.output.seek(0)
        return self.output.read().decode(errors="replace")

    def remove(self) -> None:
        """Kill what is left of it."""
        self.kill()
        self.output.close()


def worker(env: dict[str, str], queues: tuple[str, ...] = QUEUES, children: int = 2) -> Process:
    """A Celery worker as `make run` starts it."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", ",".join(queues), "-c", str(children)]
    return Process([*command, "--loglevel", "WARNING", "--without-gossip", "--without-mingle"], env)


def relay(env: dict[str, str]) -> Process:
    """The relay as `make run` starts it."""
    return Process([sys.executable, "manage.py", "relay"], env)


def until(true: Callable[[], object], seconds: float = PATIENCE, *, what: str = "it") -> None:
    """Wait until something is true. Fails when it takes too long."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"waited {seconds} s in vain: {what}"
        time.sleep(0.05)


def children_of(pid: int) -> list[int]:
    """The process ids of a process's children."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
