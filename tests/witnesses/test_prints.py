"""What every design prints, by kind and language: the SHA-256 of the PDF, and the texts of its pages.

What is hashed is the PDF with its streams unpacked: how they are packed depends on the machine's zlib.
"""

import hashlib
import io
from collections.abc import Iterator
from itertools import product

import pytest
from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, StreamObject

from documents.domain.kinds import Content
from documents.pdf.printing import present
from documents.renderer.rendering import Rendered, render_pdf
from documents.templates import defaults
from documents.templates.samples import sample
from tests.witnesses.recording import witness

KINDS = ["invoice", "credit_memo"]
LONG = 10
"""How often the sample's lines are repeated for a document of several pages."""
EVERY = list(product([design.name for design in defaults.DESIGNS], KINDS, defaults.languages()))

pytestmark = pytest.mark.slow

PACKED = {"/Length", "/Filter", "/DecodeParms"}


def file_of(design: str, kind: str, language: str) -> str:
    return f"prints/{design}-{kind}-{language}.txt"


@pytest.mark.parametrize(("design", "kind", "language"), EVERY)
def test_prints(design: str, kind: str, language: str) -> None:
    found = [*_told("original", printed(design, kind, sample(kind, language), language))]
    if language == "en":
        long = sample(kind, language)
        long["lines"] = long["lines"] * LONG
        found += _told("long, void", printed(design, kind, long, language, "void_copy"), texts=False)
    if kind == "invoice":
        unified = sample(kind, language, unified=True)
        found += _told("unified", printed(design, kind, unified, language, "unified", unified=True))
    witness(file_of(design, kind, language), found)


def printed(
    design: str, kind: str, content: Content, language: str, purpose: str = "original", *, unified: bool = False
) -> Rendered:
    return render_pdf(
        source=defaults.source(kind, language, design),
        data=present(content, kind=kind, language=language, unified=unified),
        must_show=content["number"],
        stamp=defaults.stamp_word(language, purpose),
    )


def _told(what: str, made: Rendered, *, texts: bool = True) -> Iterator[str]:
    reader = PdfReader(io.BytesIO(made.pdf))
    yield f"=== {what}: {made.pages} pages, missing {made.missing!r}, SHA-256 {digest(reader)}"
    for page in reader.pages if texts else ():
        yield from (" ".join(line.split()) for line in page.extract_text().splitlines())


def digest(reader: PdfReader) -> str:
    """The SHA-256 of everything that the trailer leads to, streams unpacked."""
    total = hashlib.sha256()
    for part in _parts(reader.trailer["/Root"], {}):
        total.update(part)
    return total.hexdigest()


def _parts(found: object, seen: dict[int, int]) -> Iterator[bytes]:
    """An object and all below it, each once, in the order in which they are met."""
    if isinstance(found, IndirectObject):
        if found.idnum in seen:
            yield b"@%d" % seen[found.idnum]
            return
        seen[found.idnum] = len(seen)
        found = found.get_object()
    if isinstance(found, DictionaryObject):
        yield from _parts_of_dictionary(found, seen)
    elif isinstance(found, ArrayObject):
        for each in found:
            yield from _parts(each, seen)
    else:
        yield repr(found).encode()


def _parts_of_dictionary(found: DictionaryObject, seen: dict[int, int]) -> Iterator[bytes]:
    for name in sorted(set(found) - PACKED):
        yield name.encode()
        yield from _parts(found.raw_get(name), seen)
    if isinstance(found, StreamObject):
        yield found.get_data()
