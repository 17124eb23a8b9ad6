"""The whole product as processes, started the way `make run` starts it, in a data folder of its own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

from tests.support import migrated

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 600  # with demo data on a busy machine
STOP_SECONDS = 30


class Stack:
    """One running product; `address` is where it answers."""

    def __init__(self, folder: Path, **variables: str) -> None:
        self.folder = folder
        self.env = {
            **{key: value for key, value in os.environ.items() if key != "DATABASE_URL"},
            "OFFSET_DATA": str(folder),
            "OFFSET_PORT": "0",
            "OFFSET_COLLECTED_STATIC": "yes",
            "OFFSET_LOG_LEVEL": "INFO",
            **variables,
        }
        self.output = folder / "output.txt"
        self.process: subprocess.Popen[bytes] | None = None

    def lay_database(self) -> None:
        """Put a migrated database there before the first start, which then need not run every migration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        migrated.copy_kept(str(self.folder / "offset.sqlite3"), self._migrate)

    def _migrate(self, path: str) -> None:
        self._run("manage.py", "migrate", "--verbosity", "0", "--no-input", DATABASE_URL=f"sqlite:///{path}")

    def prepare(self) -> None:
        """Do what a first start does to the data, without starting, so that the folder can be copied."""
        self.lay_database()
        self._run("bin/prepare.py")

    def _run(self, *command: str, **variables: str) -> None:
        own = {"DATABASE_URL": f"sqlite:///{quote(str(self.folder / 'offset.sqlite3'))}"}
        subprocess.run([sys.executable, *command], cwd=ROOT, env={**own, **self.env, **variables}, check=True)

    def start(self) -> None:
        """Start it and wait until it says that it is ready."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.output.open("wb") as output:
            command = [sys.executable, str(ROOT / "bin" / "serve.py")]
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + START_SECONDS
        while "Offset is ready" not in self.said():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError(f"the product did not start:\n{self.said()}")
            time.sleep(0.1)

    def said(self) -> str:
        """What it wrote to its terminal so far."""
        return self.output.read_text(encoding="utf-8", errors="replace")

    @property
    def address(self) -> str:
        """Where the web server answers, without a slash at the end."""
        return str(self._state()["address"])

    def pid(self, part: str) -> int:
        """The process id of `valkey`, `worker`, `relay` or `web`; it changes when the part is started again."""
        processes = self._state()["processes"]
        assert isinstance(processes, dict)
        return int(processes[part])

    def kill(self, part: str) -> None:
        """Kill a part with its children at once; the supervisor starts it again."""
        os.killpg(self.pid(part), signal.SIGKILL)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=STOP_SECONDS)

    def _state(self) -> dict[str, object]:
        state: dict[str, object] = json.loads((self.folder / "running.json").read_text(encoding="utf-8"))
        return state
