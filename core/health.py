"""Whether the parts that the product stands on answer. What an app needs beside the database, it registers itself."""

import logging
import threading
import time
from collections.abc import Callable

from django.db import connection

from core.versions import migration_faults

Check = Callable[[], None]
"""Raises when its part does not work."""

PATIENCE = 3.0
"""Seconds that all checks together may take."""
KEPT = 1.0
"""Seconds for which an answer is given again, so that nobody can keep the parts busy by asking."""

log = logging.getLogger(__name__)
_checks: dict[str, Check] = {}


class NotReady(Exception):
    """A part answers, and is not what this version of the product needs."""


def register(part: str, check: Check) -> None:
    """Ask this too; called from AppConfig.ready."""
    _checks[part] = check


def check_database() -> None:
    """The database answers. Raises DatabaseError, InterfaceError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """The database is of this version. Raises NotReady, DatabaseError."""
    for fault in migration_faults():
        raise NotReady(fault)


class _Asking(threading.Thread):
    """One check, in a thread of its own: a part that hangs can't be interrupted, only left behind."""

    def __init__(self, part: str, check: Check) -> None:
        super().__init__(name=f"health of {part}", daemon=True)
        self.check = check
        self.problem: str | None = "there was no answer in time"

    def run(self) -> None:
        """Ask, on a connection of this thread alone."""
        try:
            self.check()
            self.problem = None
        except Exception as error:  # noqa: BLE001 - whatever it raises, the part does not work
            self.problem = f"{type(error).__name__}: {error}".strip()
        finally:
            connection.close()


class Health:
    """Asks all parts at once. A check that still hangs from last time is not begun again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[str, _Asking] = {}
        self._problems: dict[str, str] = {}
        self._until = 0.0

    def problems(self) -> dict[str, str]:
        """What is wrong with each part that does not work, in words for those who run the product."""
        with self._lock:
            if time.monotonic() > self._until:
                found = self._ask()
                if found != self._problems:
                    log.warning("not ready: %s", found) if found else log.info("ready again")
                self._problems, self._until = found, time.monotonic() + KEPT
            return self._problems

    def _ask(self) -> dict[str, str]:
        for part, check in _checks.items():
            if part not in self._asked or not self._asked[part].is_alive():
                self._asked[part] = _Asking(part, check)
                self._asked[part].start()
        end = time.monotonic() + PATIENCE
        for asking in self._asked.values():
            asking.join(max(0.0, end - time.monotonic()))
        return {part: asking.problem for part, asking in self._asked.items() if asking.problem}


HEALTH = Health()
