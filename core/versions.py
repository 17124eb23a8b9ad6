"""Whether database and static files are those of this code: every part asks at its start, and serves only then."""

import hashlib
import logging
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.db.migrations.loader import MigrationLoader

from core.installed_guards import lacking

EXIT = 75
"""The exit code of a part that met another version (EX_TEMPFAIL of sysexits.h): after an update it starts."""
SERVER_ENDS = 4
"""Gunicorn's APP_LOAD_ERROR: it ends as a whole, instead of starting a worker again and again."""
PAUSE = 2.0
"""Seconds between two looks for a database that is away."""
SHOWN = 3
"""Names in a sentence."""
REMEDY = "run bin/offset update, with the code that all parts are to run"

log = logging.getLogger(__name__)


class AnotherVersion(Exception):
    """Database or static files are another version's; the text says which and what to do."""


def ready_or_exit() -> None:
    """Return when the database answers and all is of this version; wait for the one, end the process for the other."""
    waits_for = ""
    while True:
        try:
            check()
        except (OperationalError, InterfaceError) as error:
            reason = str(error).strip().partition("\n")[0]
            if reason != waits_for:
                log.warning("waiting for the database, which does not answer: %s", reason)
            waits_for = reason
            time.sleep(PAUSE)
        except AnotherVersion as fault:
            log.error("%s", fault)  # noqa: TRY400 - the sentence is all there is to say
            sys.exit(EXIT)
        else:
            return


def check_in_server() -> None:
    """For a web server's worker that starts: end the server when all is another version's; without database go on.

    `bin/offset web` has asked before. A worker that takes another's place hours later may meet another version.
    """
    try:
        check()
    except (OperationalError, InterfaceError) as error:
        log.warning("the web server begins without the database: %s", str(error).strip().partition("\n")[0])
    except AnotherVersion as fault:
        log.error("%s", fault)  # noqa: TRY400 - the sentence is all there is to say
        sys.exit(SERVER_ENDS)


def check() -> None:
    """Raise AnotherVersion when this code must not serve here; a database that is away raises its own error."""
    try:
        faults = [*(list(migration_faults()) or _guards()), *_static_files()]
    except ProgrammingError as error:
        raise AnotherVersion(f"The role of DATABASE_URL may not read the database: {error}; {REMEDY}.") from error
    finally:
        connection.close()  # What forks later must not share it.
    if faults:
        raise AnotherVersion(f"{'; '.join(faults)}: {REMEDY}.")


def migration_faults() -> Iterator[str]:
    """Sentences about migrations that were not run, or that this code does not know."""
    loader = MigrationLoader(connection)
    applied, known = set(loader.applied_migrations), set(loader.graph.nodes)
    lack = sorted(known - applied)
    later = sorted(each for each in applied - known if each[0] in loader.migrated_apps)
    if lack:
        yield f"The database is of an earlier version, it lacks {_named('.'.join(each) for each in lack)}"
    if later:
        yield f"The database is of a later version, this code does not know {_named('.'.join(each) for each in later)}"


def _guards() -> Iterator[str]:
    found = lacking()
    if found:
        yield f"The database's guards are not this version's, {_named(found)}"


def _named(names: Iterator[str] | list[str]) -> str:
    names = list(names)
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def _static_files() -> Iterator[str]:
    if settings.WHITENOISE_USE_FINDERS:  # Served from where they were written.
        return
    stamp = _stamp()
    if not stamp.exists():
        yield "The static files are not collected"
    elif stamp.read_text(encoding="ascii") != static_version():
        yield "The static files are another version's"


def note_static_files() -> None:
    """Write down which version's files were collected."""
    _stamp().write_text(static_version(), encoding="ascii")


def static_version() -> str:
    """A fingerprint of our static files, of the packages that bring others, and of the rule which are collected."""
    root = Path(settings.BASE_DIR)
    files = [path for path in sorted((root / "static").rglob("*")) if path.is_file()]
    total = hashlib.sha256()
    for path in [*files, root / "requirements.txt", root / "config" / "static.py"]:
        total.update(f"{path.relative_to(root)}\0".encode() + path.read_bytes())
    return total.hexdigest()


def _stamp() -> Path:
    return Path(settings.DATA_DIR) / "static-version"
