"""Files that may be kept beside a document: a few kinds, told by what is in them, never by their name (pure)."""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath

MOST_BYTES = 5 * 1024 * 1024
"""Of one file."""
MOST_NOTES = 100
"""Notes and files of one document, struck ones included."""
LONGEST_NOTE = 4000
LONGEST_NAME = 120

PDF, PNG, JPEG, TEXT = "application/pdf", "image/png", "image/jpeg", "text/plain"
SUFFIXES = {PDF: (".pdf",), PNG: (".png",), JPEG: (".jpg", ".jpeg"), TEXT: (".txt",)}
"""What files of each kind may be called; the first is given to one that is called otherwise."""
_BEGINNINGS = ((b"%PDF-", PDF), (b"\x89PNG\r\n\x1a\n", PNG), (b"\xff\xd8\xff", JPEG))


class FileRefused(ValueError):
    """A file that is not kept; the code says why: "large", "empty" or "unknown"."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What a file is: its media type by its content, and a harmless name that goes with it."""

    media_type: str
    name: str

    @property
    def suffix(self) -> str:
        """What its kind is called at the end of a name, with the point."""
        return SUFFIXES[self.media_type][0]


def known(content: bytes, name: str) -> KnownFile:
    """What the bytes are. Raises FileRefused for what is too large, empty, or none of the kinds."""
    if len(content) > MOST_BYTES:
        raise FileRefused("large")
    if not content.strip():
        raise FileRefused("empty")
    media_type = next((kind for beginning, kind in _BEGINNINGS if content.startswith(beginning)), "")
    if not media_type:
        media_type = _text_type(content)
    return KnownFile(media_type, _harmless(name, media_type))


def _text_type(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise FileRefused("unknown") from None
    if any(unicodedata.category(letter) == "Cc" and letter not in "\t\n\r\f" for letter in text):
        raise FileRefused("unknown")
    if text.replace("\ufeff", "").lstrip().startswith("<"):  # Pages and pictures that a browser would run.
        raise FileRefused("unknown")
    return TEXT


def _harmless(name: str, media_type: str) -> str:
    """The last part of a name in one line, with an ending of its kind; a file without a name is called so."""
    last = PurePosixPath(name.replace("\\", "/")).name
    letters = "".join(letter for letter in unicodedata.normalize("NFC", last) if letter.isprintable())
    stem = letters.strip(" .") or "file"
    if stem.lower().endswith(SUFFIXES[media_type]):
        stem, _point, ending = stem.rpartition(".")
        ending = f".{ending}"
    else:
        ending = SUFFIXES[media_type][0]
    return f"{stem[: LONGEST_NAME - len(ending)]}{ending}"
