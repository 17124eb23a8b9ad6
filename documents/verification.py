"""Proves stored documents: every row's bytes are there, of the recorded size and hash (I15)."""

import hashlib
from collections.abc import Iterator

from documents.models import StoredDocument
from documents.storage import document_storage

_CHUNK = 500


def breaches() -> Iterator[str]:
    """A line per stored document whose bytes are missing, short or different."""
    storage = document_storage()
    for stored in StoredDocument.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        label = f"{stored.pk} {stored.name}"
        try:
            with storage.open(stored.name, "rb") as file:
                digest, size = hashlib.sha256(), 0
                for chunk in file.chunks():
                    digest.update(chunk)
                    size += len(chunk)
        except OSError:
            yield f"{label}: the bytes are not there"
            continue
        if size != stored.size:
            yield f"{label}: {size} bytes instead of {stored.size}"
        elif digest.hexdigest() != stored.sha256:
            yield f"{label}: the hash is {digest.hexdigest()} instead of {stored.sha256}"
