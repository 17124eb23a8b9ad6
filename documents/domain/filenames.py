"""What the files of a document are called for people (pure)."""

import re

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def stem(number: str) -> str:
    """A document's number in characters that are harmless everywhere."""
    return _UNSAFE.sub("-", number).strip(".-") or "document"
