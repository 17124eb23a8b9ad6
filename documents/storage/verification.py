"""Proves stored documents, images, fonts and files of notes: every row's bytes are there, of that size and hash (I15).

It reads rows and bytes as a stream, so that neither their number nor their size matters to memory. Bytes that no row
names are no breach: a transaction that did not come to its end leaves some. They are told from a day on.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.core.files.storage import Storage

from documents.models import DocumentNote, StoredDocument, TemplateAsset
from documents.storage.stores import StoredFile, all_stored_files, document_storage

YOUNG = timedelta(days=1)
"""Bytes may wait so long for their row."""
_CHUNK = 500
_NAMING = (
    (StoredDocument.objects, "name"),
    (TemplateAsset.objects.filter(size__gt=0), "stored"),
    (DocumentNote.objects.filter(size__gt=0), "stored"),
)
"""What names bytes in the storage of documents: rows, and the column of the name."""


class Verification:
    """One pass over all stored documents; ``breaches`` finds them, and the counts are told afterwards."""

    def __init__(self) -> None:
        self.documents = self.bytes = 0
        self.found: Counter[str] = Counter()

    def breaches(self) -> Iterator[str]:
        """A line for each whose bytes are missing, short, different, or can't be read."""
        storage = document_storage()
        for rows, column in _NAMING:
            recorded = rows.order_by("pk").values_list("pk", column, "sha256", "size")
            for pk, name, sha256, size in recorded.iterator(_CHUNK):
                self.documents += 1
                breach = self._breach(storage, name, sha256, size)
                if breach is not None:
                    self.found[breach[0]] += 1
                    yield f"{pk} {name}: {breach[1]}"

    def _breach(self, storage: Storage, name: str, sha256: str, size: int) -> tuple[str, str] | None:
        """What is wrong, as a word and in words."""
        try:
            with storage.open(name, "rb") as file:
                digest, read = hashlib.sha256(), 0
                for chunk in file.chunks():
                    digest.update(chunk)
                    read += len(chunk)
        except FileNotFoundError:
            return "missing", "the bytes are not there"
        except OSError as error:
            return "unreadable", f"the bytes can't be read: {error}"
        self.bytes += read
        if read != size:
            return "short" if read < size else "long", f"{read} bytes instead of {size}"
        if digest.hexdigest() != sha256:
            return "different", f"the hash is {digest.hexdigest()} instead of {sha256}"
        return None


def orphans(now: datetime) -> Iterator[StoredFile]:
    """Bytes that are older than a day and that nothing names. Raises OSError when the storage can't be walked."""
    batch: list[StoredFile] = []
    for kept in all_stored_files():
        if kept.written_at < now - YOUNG:
            batch.append(kept)
        if len(batch) == _CHUNK:
            yield from _unnamed(batch)
            batch = []
    yield from _unnamed(batch)


def _unnamed(batch: list[StoredFile]) -> Iterator[StoredFile]:
    names = [kept.name for kept in batch]
    named: set[str] = set()
    for rows, column in _NAMING:
        named.update(rows.filter(**{f"{column}__in": names}).values_list(column, flat=True))
    return (kept for kept in batch if kept.name not in named)
