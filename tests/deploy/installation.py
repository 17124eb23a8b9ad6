"""One installation on this machine: a database with two roles, environment files, and the units as systemd starts them."""

import os
import pwd
import shlex
import signal
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex

import psycopg

from tests.support.postgres import PostgresServer
from tests.support.smtp import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "deploy" / "systemd"
HOME = "/opt/offset"
"""Where the units expect the project; here it is this checkout."""
SECONDS = 120
"""Anything takes at most so long on a busy machine."""
SENDER = "billing@harbour.example"
OPENING = (
    "open_marketplace", "--name", "Harbour Market", "--time-zone", "Europe/Berlin", "--languages", "en,de",
    "--operator", "Harbour Market GmbH", "--street", "Kai 1", "--postal-code", "20457", "--city", "Hamburg",
    "--country", "DE", "--tax-number", "DE136695976", "--billing-email", "billing@harbour.example",
    "--merchant", "HBM", "--manager", "ada@harbour.example", "--manager-name", "Ada Berg", "--print-link",
)  # fmt: skip


def settings_of(unit: Path) -> dict[str, list[str]]:
    """A unit file's lines by their name."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, equals, value = line.partition("=")
        if equals and not name.startswith(("#", "[")):
            found.setdefault(name, []).append(value)
    return found


@dataclass
class Unit:
    """One started unit of a host."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_within: int

    def said(self) -> str:
        """Its log."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def terminate(self) -> int:
        """End it as systemd does, and give its exit code; it has to end within the time that its unit gives it."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=self.stop_within)
        finally:
            self.kill()

    def kill(self) -> None:
        """Whatever is left of it ends at once."""
        for pid in (self.process.pid,):
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(timeout=SECONDS)


@dataclass
class Host:
    """A machine of the installation: its environment files, its data folder, the port of its web server."""

    folder: Path
    values: dict[str, str]
    owner_url: str
    port: int = field(default_factory=free_port)
    units: list[Unit] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Write the two files as the template has them, with this host's values."""
        for name in ("data", "logs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        lines = [line for line in (UNITS / "offset.env").read_text(encoding="utf-8").splitlines() if "=" in line]
        template = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
        self.variables = {**template, **self.values, "OFFSET_DATA": str(self.folder / "data")}
        self.file.write_text("".join(f"{name}={value}\n" for name, value in self.variables.items()))
        self.owner_file.touch(mode=0o600)
        self.owner_file.write_text(f"DATABASE_OWNER_URL={self.owner_url}\n")

    @property
    def file(self) -> Path:
        """The environment file."""
        return self.folder / "offset.env"

    @property
    def owner_file(self) -> Path:
        """The owner's."""
        return self.folder / "offset-owner.env"

    @property
    def address(self) -> str:
        """Where its web server answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a terminal of this host has: nothing of Offset but where the files are."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("OFFSET_", "DATABASE_"))}
        own.pop("DJANGO_SETTINGS_MODULE", None)
        return {
            **own, "OFFSET_ENV_FILE": str(self.file), "OFFSET_OWNER_ENV_FILE": str(self.owner_file),
            "OFFSET_USER": pwd.getpwuid(os.geteuid()).pw_name,
        }  # fmt: skip

    def offset(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the installation and give what it said."""
        done = subprocess.run(
            [str(ROOT / "bin" / "offset"), *words], env=self.environment, cwd=self.folder, check=False,
            capture_output=True, text=True, timeout=SECONDS * 3, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert not check or done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"
        return done

    def start(self, name: str) -> Unit:
        """Start a unit by its own ExecStart line and environment."""
        unit = settings_of(UNITS / f"offset-{name}.service")
        [line] = unit["ExecStart"]
        command = shlex.split(line.replace(HOME, str(ROOT)))
        named = dict(each.split("=", 1) for each in unit.get("Environment", []))
        place = {"OFFSET_PORT": str(self.port)} if name == "web" else {}
        log = self.folder / "logs" / f"{name}-{len(self.units)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, env={**self.environment, **named, **place}, cwd=ROOT, stdout=output, stderr=output,
                stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        started = Unit(name, process, log, int(unit["TimeoutStopSec"][0]))
        self.units.append(started)
        return started

    def stop(self) -> None:
        """End everything at once."""
        for unit in self.units:
            unit.kill()
        self.units.clear()


class Database:
    """A database with two roles: an owner, who migrates, and the one that the parts use."""

    def __init__(self, server: PostgresServer, name: str = "offset") -> None:
        self.server, self.name = server, name
        self.owner, self.app = f"owner_{token_hex(3)}", f"app_{token_hex(3)}"
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            for role in (self.owner, self.app):
                admin.execute(f'CREATE ROLE "{role}" LOGIN')
            admin.execute(f'CREATE DATABASE "{name}" OWNER "{self.owner}"')

    def url(self, role: str) -> str:
        """Its address for a role."""
        return f"postgres:///{self.name}?host={self.server.folder}&user={role}"
