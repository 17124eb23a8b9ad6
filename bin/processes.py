"""The processes that `make run` starts: each leads its own group, writes its own log and is ended by its own id."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

LOG_LIMIT = 5_000_000  # bytes; a longer log is set aside at the next start
QUICK = 5.0  # seconds; a part that ends sooner never came up
CHANCES = 3
PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """In the child: ask Linux for a SIGTERM should this supervisor be killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Part:
    """One process of the stack, started again when it ends by itself."""

    def __init__(self, name: str, command: list[str], *, env: dict[str, str], cwd: Path, logs: Path) -> None:
        self.name, self.command, self.env, self.cwd = name, command, env, cwd
        self.log = logs / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self.began = 0.0
        self.failures = 0

    def start(self, pass_fds: tuple[int, ...] = ()) -> None:
        """Start the process in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                env=self.env,
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                pass_fds=pass_fds,
                preexec_fn=end_with_parent,  # noqa: PLW1509 - the supervisor has one thread
            )
        self.began = time.monotonic()

    def has_ended(self) -> bool:
        """Whether the process was started and is gone."""
        return self.process is not None and self.process.poll() is not None

    def may_restart(self) -> bool:
        """Count the end of the process: after three quick ends in a row there is no point in another try.

        Being killed from outside says nothing about the process and does not count.
        """
        killed = self.process is not None and self.process.returncode == -signal.SIGKILL
        if not killed:
            self.failures = self.failures + 1 if time.monotonic() - self.began < QUICK else 1
        return killed or self.failures < CHANCES

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the leader, which ends its own children in order."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def stop(self, deadline: float) -> None:
        """Wait for the end until `deadline` (monotonic seconds), then kill what is left of the group."""
        if self.process is None:
            return
        self.ask_to_stop()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=max(0.1, deadline - time.monotonic()))
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def last_lines(self, count: int = 15) -> str:
        """The end of the log, for the person at the terminal."""
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
