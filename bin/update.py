"""`bin/offset update`: bring environment, translations, database, grants and static files to the version of this code.

It runs on the machine's own Python. Environment and translations lie beside the code and are made by who started it;
the rest is done by `bin/command.py`, step by step, as the user that owns the data. Each step may be run again.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import parse_qs, unquote, urlsplit

import environment

sys.path.insert(0, str(environment.ROOT))

from manage import OWNER_COMMANDS

BIN = environment.ROOT / "bin"
Step = tuple[str, list[str]]
"""What is said, and what Python is given."""


def update(owner: str) -> int:
    """Do all steps; the exit code of the first that fails, or 0. `owner`: the database's owner, where it is another."""
    print("Looking for the environment ...", flush=True)
    environment.main("runtime")
    for title, words in _steps(owner):
        print(f"{title} ...", flush=True)
        variables = {**os.environ, "DATABASE_OWNER_URL": owner} if OWNER_COMMANDS & {*words} and owner else None
        code = subprocess.run([str(environment.PYTHON), *words], env=variables, check=False).returncode
        if code:
            print("The update has stopped at this step. Mend what it says and run the update again.", file=sys.stderr)
            return code
    print("Everything is up to date. Start the parts again, so that they run this version.", flush=True)
    return 0


def _steps(owner: str) -> Iterator[Step]:
    yield "Compiling the translations", [str(BIN / "messages.py")]
    command = str(BIN / "command.py")
    yield "Migrating the database", [command, "migrate", "--no-input", "--verbosity", "1"]
    role = role_in(os.environ.get("DATABASE_URL", ""))
    if owner and role:
        yield f"Granting to {role} what it needs", [command, "grant_app_role", role]
    yield "Collecting the static files", [command, "prepare"]


def role_in(address: str) -> str:
    """Who signs in by an address of PostgreSQL; nothing when it names nobody."""
    parts = urlsplit(address)
    if not parts.scheme.startswith("postgres"):
        return ""
    return unquote(parts.username or "") or parse_qs(parts.query).get("user", [""])[0]
