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
    return read_proved(stored.name, stored.sha256, what=f"stored document {stored.pk}")


def read_proved(name: str, sha256: str, *, what: str) -> bytes:
    """The bytes under a name, which have this hash; ``what`` they are, for the log. Raises as ``proved``."""
    try:
        with document_storage().open(name, "rb") as file:
            content: bytes = file.read()
    except FileNotFoundError:
        content = b""
    if hashlib.sha256(content).hexdigest() != sha256:
        log.critical("%s does not match its record", what)
        raise Damaged
    return content
