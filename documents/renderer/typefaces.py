"""The fonts a renderer draws with: those that Offset ships, one for Chinese, Japanese and Korean, and uploaded ones.

Every font is TrueType and embedded, so that a PDF looks the same everywhere. Each character is drawn by the first
family that has it: those the author names, then ours. An uploaded font is known by the hash of its bytes; the family
that its marketplace calls it by exists for one document only.
"""

import hashlib
import io
import os
import struct
from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from documents.renderer.fontfiles import LARGEST, Face, is_truetype

FOLDER = Path(__file__).resolve().parent / "fonts"
FAMILY = "offset sans"
"""The family to name in a template's CSS."""
SANS = "OffsetSans"
_WIDE = "OffsetWide"
_FAMILIES = {
    SANS: {
        (0, 0): "Roboto-Regular.ttf",
        (1, 0): "Roboto-Bold.ttf",
        (0, 1): "Roboto-Italic.ttf",
        (1, 1): "Roboto-BoldItalic.ttf",
    },
    _WIDE: {(0, 0): "DejaVuSansCondensed.ttf", (1, 0): "DejaVuSansCondensed-Bold.ttf"},  # Arabic and much else
}
_SAMPLE = 64
"""Characters of an uploaded font that must be fit to be embedded."""

fallbacks = [SANS, _WIDE]
"""Families for the characters that the author's lack."""


class FontRefused(Exception):
    """The bytes are no TrueType font that can be embedded; the text says why."""


class DrawnText:
    """What one document draws: its texts in order, and the characters each font was asked for."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self._asked: defaultdict[TTFont, set[str]] = defaultdict(set)

    def add(self, font: TTFont, text: str) -> None:
        """Remember a text."""
        self._texts.append(text)
        self._asked[font].update(text)

    def shows(self, text: str) -> bool:
        """Whether the text is among what was drawn; white space and line ends do not count."""
        return "".join(text.split()) in "".join("".join(self._texts).split())

    @property
    def missing(self) -> str:
        """The characters that came out as boxes, because no font has them."""
        boxes = {
            character
            for font, asked in self._asked.items()
            for character in asked
            if ord(character) not in font.face.charToGlyph and not character.isspace()
        }
        return "".join(sorted(boxes))


class _Inked(TTFont):
    """A font that tells what is drawn with it. One renderer draws one document at a time."""

    ink: ClassVar[DrawnText] = DrawnText()

    def splitString(self, text: str | bytes, doc: Any, encoding: str = "utf-8") -> Any:  # noqa: N802 - the library's name
        self.ink.add(self, text if isinstance(text, str) else text.decode())
        return super().splitString(text, doc, encoding)


def prepare(cjk: str = "") -> None:
    """Register the shipped fonts, and those in the files ``cjk`` (with ``os.pathsep`` between) that can be used."""
    for family, files in _FAMILIES.items():
        for file in files.values():
            pdfmetrics.registerFont(_Inked(Path(file).stem, str(FOLDER / file)))
        _map(family, {style: Path(file).stem for style, file in files.items()})
    for number, path in enumerate(filter(None, cjk.split(os.pathsep)), 1):
        _add_cjk(f"OffsetCjk{number}", path)


def fresh_text() -> DrawnText:
    """Begin a document: what is drawn from now on is its own."""
    _Inked.ink = DrawnText()
    return _Inked.ink


def add(data: bytes) -> None:
    """Register an uploaded font under its hash. Raises FontRefused."""
    name = _name(hashlib.sha256(data).hexdigest())
    if name in pdfmetrics.getRegisteredFontNames():
        return
    if len(data) > LARGEST:
        raise FontRefused(f"The font is larger than {LARGEST // 1024 // 1024} MB.")
    if not is_truetype(data):
        raise FontRefused("This is not a TrueType font; OpenType fonts with PostScript outlines (CFF) cannot be used.")
    try:
        font = _Inked(name, io.BytesIO(data))
        font.face.makeSubset(sorted(font.face.charToGlyph)[:_SAMPLE])
    except MemoryError:
        raise
    except Exception as error:
        raise FontRefused(f"This TrueType font is damaged and cannot be used ({type(error).__name__}).") from error
    font.face.name += f"-{name}".encode()  # The library would take the first font that calls itself so for this one.
    pdfmetrics.registerFont(font)


def families(faces: Iterable[Face]) -> dict[str, str]:
    """The families of one document: what the author calls them, and what the library does. Raises FontRefused."""
    styles: defaultdict[str, dict[tuple[int, int], str]] = defaultdict(dict)
    for face in faces:
        styles[face["family"].strip().lower()][int(face["bold"]), int(face["italic"])] = _name(face["sha256"])
    found = {}
    for family, mapped in styles.items():
        if unknown := set(mapped.values()).difference(pdfmetrics.getRegisteredFontNames()):
            raise FontRefused(f"The font {family} has not been sent ({unknown.pop()}).")
        digest = hashlib.sha256(repr(sorted(mapped.items())).encode()).hexdigest()
        found[family] = f"Family-{digest[:20]}"
        _map(found[family], mapped)
    return found


def _name(sha256: str) -> str:
    return f"Font-{sha256[:32]}"


def _map(family: str, styles: dict[tuple[int, int], str]) -> None:
    """Say which font draws each style; one that is not there falls back to the nearest that is."""
    for bold, italic in product((0, 1), repeat=2):
        near = ((bold, italic), (bold, 0), (0, italic), (0, 0), *styles)
        addMapping(family, bold, italic, next(styles[style] for style in near if style in styles))


def _add_cjk(name: str, path: str) -> None:
    try:
        pdfmetrics.registerFont(_Inked(name, path))
    except (TTFError, OSError, struct.error):
        return  # Documents are made all the same, and tell which characters are missing.
    _map(name, {(0, 0): name})
    fallbacks.append(name)
