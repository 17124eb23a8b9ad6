"""What a renderer process takes from itself before it sees the first template: memory, network, files, children.

Templates are written by users (reliability notes, 4.2 and 4.3). The library has a policy of its own for what a document
may fetch; this is the wall behind it.
"""

import copy
import math
import os
import resource
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

MEMORY = 512 * 1024 * 1024
"""Bytes of address space of a renderer."""
CPU = 20
"""Seconds of processor time for one document without lines."""
LINES_A_SECOND = 50
"""So many lines of a document add a second: ten times what they take on a slow machine."""
MOST_CPU = 120
"""Seconds of processor time, however many lines there are."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_FORBIDDEN = (
    "ctypes.", "os.exec", "os.fork", "os.kill", "os.link", "os.posix_spawn", "os.remove", "os.rename", "os.rmdir",
    "os.spawn", "os.symlink", "os.system", "os.truncate", "shutil.", "socket.bind", "socket.connect", "socket.get",
    "socket.sendto", "subprocess.", "urllib.",
)  # fmt: skip


class Forbidden(PermissionError):
    """The renderer tried something that making a PDF never needs."""


def limit_memory(size: int = MEMORY, *, of: int = resource.RLIMIT_AS) -> None:
    """Let every allocation beyond ``size`` bytes fail, and keep no core file of what was in memory.

    ``of`` is RLIMIT_DATA for a runtime that reserves far more addresses than it ever writes to.
    """
    resource.setrlimit(of, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cpu_for(lines: int) -> int:
    """Seconds of processor time for a document of so many lines."""
    return min(CPU + math.ceil(lines / LINES_A_SECOND), MOST_CPU)


def allow_cpu(seconds: int = CPU) -> None:
    """Raise the soft limit to what is used up to now plus ``seconds``; the system ends the process that passes it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def shut_out_the_world(readable: Iterable[Path]) -> None:
    """Refuse network, children and writing for good, and reading outside Python's own folders and ``readable``."""
    own = [sysconfig.get_paths()[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    roots = tuple(os.path.realpath(path) + os.sep for path in [*own, *map(str, readable)])

    def hook(event: str, args: tuple[object, ...]) -> None:
        if event == "open":
            path, _mode, flags = args
            _check_open(path, flags if isinstance(flags, int) else 0, roots)
        elif event.startswith(_FORBIDDEN):
            raise Forbidden(f"{event} is not for a renderer")

    sys.addaudithook(hook)
    # ``deepcopy`` asks for thousands of ids for each page, and the hook would hear of each. Where an object is says
    # the same, and nobody hears of it.
    vars(copy)["id"] = object.__hash__


def _check_open(path: object, flags: int, roots: tuple[str, ...]) -> None:
    if not isinstance(path, str | bytes | os.PathLike):
        return  # a descriptor that is open already
    if flags & _WRITING:
        raise Forbidden("a renderer writes no files")
    real = os.path.realpath(os.fsdecode(path))
    if not real.startswith(roots):
        raise Forbidden("a renderer reads no such file")
