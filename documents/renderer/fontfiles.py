"""What both sides of a renderer's pipe know of font files. Pure."""

from typing import TypedDict

LARGEST = 8 * 1024 * 1024
"""Bytes of an uploaded font."""

_SIGNATURES = {b"\x00\x01\x00\x00", b"true"}


class Face(TypedDict):
    """One style of a family in one document, by the hash of the uploaded bytes."""

    family: str
    bold: bool
    italic: bool
    sha256: str


def is_truetype(start: bytes) -> bool:
    """Whether a file that starts so says that it is TrueType: outlines that a PDF can embed, unlike PostScript's."""
    return start[:4] in _SIGNATURES
