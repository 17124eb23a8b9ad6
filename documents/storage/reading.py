"""Reads stored documents, and gives out nothing that is not what was stored."""

import hashlib
import logging

from documents.models import StoredDocument
from documents.storage.stores import document_storage

log = logging.getLogger(__name__)


class Damaged(Exception):
    """The bytes are not there, or not those of the record."""


def proved(stored: StoredDocument) -> bytes:
    """The bytes that were stored. Raises Damaged, and OSError when the storage can't tell."""
    try:
        with document_storage().open(stored.name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        log.critical("stored document %s does not match its record", stored.pk)
        raise Damaged
    return content
