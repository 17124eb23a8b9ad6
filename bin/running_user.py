"""Who runs a command: the user that owns the data folder, so that no file there is ever another's."""

import os
import pwd
import sys
from collections.abc import MutableMapping
from pathlib import Path

DEFAULT = "offset"


class WrongUser(Exception):
    """The command may not run as this user; the text says as whom it may."""


def settle(environment: MutableMapping[str, str], data: Path) -> None:
    """Become the right user when we are root; else see that we are, or may at least use the data. Raises WrongUser."""
    wanted = _wanted(environment.get("OFFSET_USER", ""), data)
    if wanted is not None and wanted.pw_uid == os.geteuid():
        return
    if os.geteuid() == 0:
        if wanted is None:
            raise WrongUser(f"There is no user {DEFAULT}: make it (useradd --system {DEFAULT}), or set OFFSET_USER.")
        _become(wanted, environment)
        _check_python(wanted.pw_name)
        return
    name = wanted.pw_name if wanted else DEFAULT
    me = _name(os.geteuid())
    if not _may_use(data):
        raise WrongUser(f"Offset runs here as {name}, and {me} may not use {data}. Run it as root or as {name}.")
    if wanted:
        print(f"This runs as {me}, not as {name}, who owns {data}.", file=sys.stderr)


def _wanted(named: str, data: Path) -> pwd.struct_passwd | None:
    """Whom OFFSET_USER names, else who owns the data folder, else `offset`, where there is such a user."""
    if named:
        try:
            return pwd.getpwnam(named)
        except KeyError:
            raise WrongUser(f"OFFSET_USER names {named}, and there is no such user.") from None
    try:
        return pwd.getpwuid(data.stat().st_uid) if data.exists() else pwd.getpwnam(DEFAULT)
    except KeyError:
        return None
    except PermissionError:
        raise WrongUser(f"{_name(os.geteuid())} may not look at {data}. Run this as root.") from None


def _become(user: pwd.struct_passwd, environment: MutableMapping[str, str]) -> None:
    os.initgroups(user.pw_name, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    environment.update(HOME=user.pw_dir, USER=user.pw_name, LOGNAME=user.pw_name)


def _check_python(user: str) -> None:
    """See that the user may read the Python that runs this: one in root's home is nobody else's."""
    if not os.access(Path(sys.base_prefix, "lib"), os.R_OK | os.X_OK):
        raise WrongUser(
            f"The environment was made with the Python in {sys.base_prefix}, which {user} may not read. Take .venv away"
            " and update with one that everybody may read, such as /usr/bin/python3."
        )


def _may_use(data: Path) -> bool:
    """Whether we may read and write the folder, or make it."""
    there = data if data.exists() else next(parent for parent in data.parents if parent.exists())
    return os.access(there, os.R_OK | os.W_OK | os.X_OK)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
