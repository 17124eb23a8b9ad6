"""What `bin/offset` does: find the settings and the right user, then run a part or a command of manage.py.

The settings are those of the file that the units read: /etc/offset.env, or the one that OFFSET_ENV_FILE names (an empty
name: none, what the caller has set counts). As with systemd's EnvironmentFile, the file wins over what is set already,
so that no forgotten variable of a shell leads to another database. DATABASE_OWNER_URL stands in a file of its own,
which only the commands that change the schema read.
"""

import os
import sys
from pathlib import Path
from typing import NoReturn

import environment_file
import parts
import running_user
import update

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import manage  # noqa: E402

FILE = "/etc/offset.env"
OWNER_FILE = "/etc/offset-owner.env"
OWNER = "DATABASE_OWNER_URL"
BAD_SETTINGS = 78
"""The exit code: EX_CONFIG of sysexits.h. Trying again is useless; the units don't."""
TRY_LATER = 75
"""EX_TEMPFAIL: another time it may be there."""
USAGE = f"""Usage: bin/offset COMMAND [ARGUMENTS]
  update                                bring environment, files and database to the version of this code
  {" | ".join(parts.COMMANDS)}   a part, in the foreground
  help                                  the other commands
The settings come from {FILE}, or from the file that OFFSET_ENV_FILE names."""


class Refused(Exception):
    """The command cannot run with these settings; the text says why."""


def leave_folder() -> None:
    """Go to the project, wherever the caller stands: Celery looks for modules in the folder that it is started in."""
    for name in ("OFFSET_ENV_FILE", "OFFSET_OWNER_ENV_FILE"):
        if os.environ.get(name):
            os.environ[name] = str(Path(os.environ[name]).absolute())
    os.chdir(ROOT)


def read_settings(file: str | None) -> None:
    """Take the file's variables; one that nobody named may be absent. Raises Refused or Unreadable."""
    path = Path(FILE if file is None else file)
    if not (file or (file is None and path.exists())):
        return
    found = environment_file.read(path)
    if OWNER in found:
        raise Refused(f"{path} names {OWNER}, which all parts would see: it belongs into {OWNER_FILE}, for root alone.")
    os.environ.update(found)


def read_owner(file: str | None) -> None:
    """Take the owner's address from its own file, if there is one. Raises Refused or Unreadable."""
    path = Path(OWNER_FILE if file is None else file)
    if not (file or (file is None and path.exists())):
        return
    found = environment_file.read(path)
    if path.stat().st_mode & 0o077:
        raise Refused(f"{path} can be read by others than its owner; run: chmod 600 {path}")
    if found.keys() != {OWNER}:
        raise Refused(f"{path} must name {OWNER} and nothing else.")
    os.environ.update(found)


def prepare(word: str) -> None:
    """Bring the environment and the user to what a command needs."""
    read_settings(os.environ.get("OFFSET_ENV_FILE"))
    if word in manage.OWNER_COMMANDS:
        read_owner(os.environ.get("OFFSET_OWNER_ENV_FILE"))
    else:
        os.environ.pop(OWNER, None)
    os.environ["PYTHONUNBUFFERED"] = "1"
    os.umask(0o027)
    data = Path(os.environ.get("OFFSET_DATA") or ROOT / "var").resolve()
    running_user.settle(os.environ, data)
    manage.choose_database(word)
    check_settings()


def start_update() -> int:
    """Update everything; the steps read the settings themselves, and only those that need it are given the owner."""
    read_settings(os.environ.get("OFFSET_ENV_FILE"))
    read_owner(os.environ.get("OFFSET_OWNER_ENV_FILE"))
    return update.update(os.environ.pop(OWNER, ""))


def check_settings() -> None:
    """Let the settings be read once, in words where they can't be. Raises Refused."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured

    try:
        bool(settings.DEBUG)  # The first question reads them all.
    except ImproperlyConfigured as fault:
        raise Refused(str(fault)) from None


def wait_for_database() -> None:
    """Return when the database is there; end with its exit code when it is another version's.

    The other parts ask themselves; gunicorn would ask in each of its workers, and end none of them in good order.
    """
    import django

    django.setup()
    from core.versions import ready_or_exit

    ready_or_exit()


def run_command() -> None:
    """Run a command of manage.py; a database that is not there is a sentence and an exit code."""
    from django.db import OperationalError, connection

    try:
        manage.main()
    except OperationalError as fault:
        if connection.connection is not None:
            raise
        print(f"The database does not answer: {str(fault).strip()}", file=sys.stderr)
        sys.exit(TRY_LATER)


def run(word: str, arguments: list[str]) -> NoReturn:
    """Become the part, or run the command in this process."""
    if word in parts.COMMANDS:
        if word == "web":
            wait_for_database()
        where = parts.bound(os.environ.get("OFFSET_BIND", ""), os.environ.get("OFFSET_PORT", ""))
        command = [sys.executable, *parts.COMMANDS[word], *(where if word == "web" else []), *arguments]
        os.execv(sys.executable, command)
    sys.argv = ["bin/offset", word, *arguments]
    run_command()
    sys.exit(0)


def main() -> None:
    """Read the command line; what is refused is one sentence and an exit code."""
    word, *arguments = sys.argv[1:] or ["--help"]
    leave_folder()
    if word in {"-h", "--help"}:
        print(USAGE)
        sys.exit(0 if sys.argv[1:] else 2)
    try:
        if word == "update":
            sys.exit(start_update())
        prepare(word)
    except (Refused, environment_file.Unreadable, running_user.WrongUser) as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(BAD_SETTINGS)
    run(word, arguments)


if __name__ == "__main__":
    main()
