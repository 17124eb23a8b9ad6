"""Where documents are kept: files that are whole or not there, unless a company names a bucket.

A storage raises ``OSError`` for whatever goes wrong, FileNotFoundError for what is not there, and tells what it keeps.
"""

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages


@dataclass(frozen=True, slots=True)
class StoredFile:
    """Bytes that a storage has: their name, how many they are, and when they were written."""

    name: str
    size: int
    written_at: datetime


class DocumentStore(Protocol):
    """What a storage of documents can do beside what every storage can."""

    def stored_files(self) -> Iterator[StoredFile]:
        """Everything it has. Raises OSError."""
        ...

    def check(self) -> None:
        """It answers, and takes documents. Raises OSError."""
        ...


def document_storage() -> Storage:
    """Where the bytes of documents are."""
    return storages["documents"]


def all_stored_files() -> Iterator[StoredFile]:
    """Everything in the storage of documents, one after another. Raises OSError."""
    return cast("DocumentStore", document_storage()).stored_files()


def check_documents() -> None:
    """The storage of documents answers. Raises OSError."""
    cast("DocumentStore", document_storage()).check()


class DurableFiles(FileSystemStorage):
    """Writes beside the final name, flushes to disk, then renames; a crash leaves no short file under the name.

    Names hold the hash of their content, so a second write of the same name changes nothing.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:  # noqa: ARG002 - Django's signature
        """The name itself: the same name means the same bytes."""
        return name

    def _save(self, name: str, content: File[bytes]) -> str:
        path = Path(self.path(name))
        _make_folder(path.parent)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".draft-")
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks():
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).chmod(0o640)
            Path(draft).replace(path)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        _flush_folder(path.parent)
        return name

    def check(self) -> None:
        """The folder is there, or can be made, and may be written to."""
        _make_folder(Path(self.location))
        if not os.access(self.location, os.W_OK | os.X_OK):
            raise PermissionError(f"{self.location} can't be written to")

    def stored_files(self) -> Iterator[StoredFile]:
        """Every whole file, and drafts that a crash left behind."""
        for folder, _folders, files in os.walk(self.location):
            for file in files:
                path = Path(folder, file)
                try:
                    found = path.stat()
                except FileNotFoundError:  # Renamed or taken away meanwhile.
                    continue
                name = path.relative_to(self.location).as_posix()
                yield StoredFile(name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it, so that a power cut leaves each of them or none."""
    if not folder.exists():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush_folder(folder.parent)


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
