"""PDFs of many documents as one ZIP that is written while it is sent: no file, and one PDF in memory at a time.

PDFs are compressed already, so they are stored as they are. Whatever has no PDF stands in ``failed.txt`` with its
reason, in the same archive.
"""

import io
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FAILED = "failed.txt"
_DATE = (2000, 1, 1, 0, 0, 0)
_READABLE = 0o644 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the archive."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """A document without a file: what people call it, and why."""

    label: str
    reason: str


class _Outlet(io.RawIOBase):
    """Takes what the archive writes until somebody carries it off; there is no going back in it."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        self._written.append(bytes(data))
        return len(data)

    def carry_off(self) -> bytes:
        """What was written since the last time."""
        written = b"".join(self._written)
        self._written.clear()
        return written


def stream(entries: Iterable[Entry | Failure]) -> Iterator[bytes]:
    """The archive, piece by piece. Names that come twice get a number."""
    outlet, taken, failures = _Outlet(), {FAILED}, list[Failure]()
    with zipfile.ZipFile(outlet, "w", zipfile.ZIP_STORED) as archive:
        for entry in entries:
            if isinstance(entry, Failure):
                failures.append(entry)
                continue
            _add(archive, _free(entry.name, taken), entry.content)
            yield outlet.carry_off()
        if failures:
            lines = "".join(f"{failure.label}: {failure.reason}\r\n" for failure in failures)
            _add(archive, FAILED, lines.encode())
    yield outlet.carry_off()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _DATE)
    info.external_attr = _READABLE
    archive.writestr(info, content)


def _free(name: str, taken: set[str]) -> str:
    """The name, or with a number before its ending; then it is taken. Large and small letters are the same to some."""
    stem, dot, ending = name.rpartition(".")
    free, number = name, 1
    while free.lower() in taken:
        number += 1
        free = f"{stem}-{number}{dot}{ending}"
    taken.add(free.lower())
    return free
