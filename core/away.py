"""Whether the database is away: then nothing is wrong with what somebody asked for, and later it will work."""

from django.db import InterfaceError, OperationalError

_STATES = {"57P01", "57P02", "57P03", "53300", "08000", "08001", "08003", "08004", "08006"}
"""PostgreSQL shuts down, crashed, starts, has no connection left, or hung up (appendix A)."""
_SQLITE = ("SQLITE_CANTOPEN", "SQLITE_BUSY", "SQLITE_IOERR")
"""The file can't be opened or read, or somebody else wrote for longer than we wait."""


def is_away(error: BaseException | None) -> bool:
    """Whether this error says that the database can't be reached, hung up, or has no room for one more."""
    if isinstance(error, InterfaceError):  # The connection was closed before.
        return True
    if not isinstance(error, OperationalError):
        return False
    told = getattr(error.__cause__, "sqlite_errorname", None)
    if told is not None:
        return str(told).startswith(_SQLITE)
    state = getattr(error.__cause__, "sqlstate", None)
    return state is None or state in _STATES
