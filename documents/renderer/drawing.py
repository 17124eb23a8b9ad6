"""From finished HTML to a PDF; runs inside the renderer process.

The same HTML gives the same bytes: ReportLab's ``invariant`` leaves the clock and random ids out.
"""

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import reportlab.rl_config
import xhtml2pdf.document
from pypdf import PageObject, PdfReader, PdfWriter
from pypdf.generic import NameObject
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.context import pisaContext
from xhtml2pdf.default import DEFAULT_CSS, DEFAULT_FONT

from documents.renderer import typefaces
from documents.renderer.about import NOTHING, About
from documents.renderer.fontfiles import Face
from documents.renderer.markup import MOST_PIXELS
from documents.renderer.typefaces import FAMILY, SANS

LARGEST_PAGE = 14_400
"""Points; what PDF readers can show."""

_CSS = DEFAULT_CSS + "html { overflow-wrap: break-word; }\n"  # Nothing runs out of its cell.
_REGULAR, _BOLD = "Roboto-Regular", "Roboto-Bold"
_EPOCH = "SOURCE_DATE_EPOCH"
"""Where ReportLab reads what it says about when a document was made."""
_ROOM = 0.82
"""How much of a page's diagonal a stamp fills."""


class LayoutFailed(Exception):
    """The library could not lay the document out, or what it made is not the document."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A PDF, how many pages it has, and the characters that no font has: they are boxes on the page."""

    pdf: bytes
    pages: int
    missing: str


class _Context(pisaContext):
    """What the library knows while it lays one document out: our fonts and the document's own, no others."""

    def __init__(self, *args: Any, families: dict[str, str], about: dict[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        self.meta |= about
        self.fontList = {**dict.fromkeys(DEFAULT_FONT, SANS), FAMILY: SANS, **families}
        self.asianFontList: dict[str, str] = {}

    def getFontNames(self, names: Any) -> list[str]:  # noqa: N802 - the library calls it so
        """The families that draw, character by character; the author's before ours."""
        found: list[str] = super().getFontNames(names)
        return [*found, *(family for family in typefaces.fallbacks if family not in found)]


def prepare(cjk: str = "") -> None:
    """Read and register the fonts, once per process, and draw a first page so that everything is loaded."""
    reportlab.rl_config.invariant = 1
    typefaces.prepare(cjk)
    reportlab.rl_config.canvas_basefontname = _REGULAR  # Else each page names Helvetica, which nobody embeds.
    stamp(draw("<p>Offset</p>").pdf, "Offset")


@lru_cache(maxsize=1)
def _policy() -> ResourceAccessPolicy:
    return ResourceAccessPolicy.server(
        typefaces.FOLDER,
        allow_remote=False,
        max_depth=80,
        max_image_pixels=MOST_PIXELS,
        max_render_seconds=None,  # By the clock; the process has its processor time.
    )


def draw(html: str, *, must_show: str = "", faces: Iterable[Face] = (), about: About = NOTHING) -> Drawing:
    """Lay it out, with the uploaded fonts ``faces`` beside ours and ``about`` in its properties.

    Raises LayoutFailed, also when the result does not show the text ``must_show``, FontRefused, MemoryError, or
    whatever else the library raises.
    """
    out = io.BytesIO()
    ink = typefaces.fresh_text()
    _date(about["day"])
    said = {name: about[name] for name in ("title", "author", "subject")}
    xhtml2pdf.document.pisaContext = partial(_Context, families=typefaces.families(faces), about=said)
    result = xhtml2pdf.document.pisaDocument(
        html, dest=out, encoding="utf-8", capacity=-1, default_css=_CSS, resource_policy=_policy()
    )
    if result.err:
        raise LayoutFailed("The document could not be laid out.")
    pages = PdfReader(out).pages
    if not pages:
        raise LayoutFailed("The document has no pages.")
    if max(max(page.mediabox.width, page.mediabox.height) for page in pages) > LARGEST_PAGE:
        raise LayoutFailed("A page is larger than 5 metres.")
    if not ink.shows(must_show):
        raise LayoutFailed(f"The document does not show {must_show}.")
    return Drawing(out.getvalue(), len(pages), ink.missing)


def _date(day: str) -> None:
    """Let the next documents be of an ISO day; without one they are of the same day always."""
    os.environ.pop(_EPOCH, None)
    if day:
        os.environ[_EPOCH] = str(int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()))


def stamp(pdf: bytes, word: str) -> bytes:
    """Write ``word`` across every page, pale and over everything, whatever the template says."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    overlays: dict[tuple[float, float], PageObject] = {}
    for page in writer.pages:
        size = (float(page.mediabox.width), float(page.mediabox.height))
        if size not in overlays:
            overlays[size] = PdfReader(io.BytesIO(_overlay(word, *size))).pages[0]
        page.merge_page(overlays[size])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def enclose(pdf: bytes, name: str, xml: str) -> bytes:
    """Put an XML file into the PDF, as an attachment like any other; nothing is claimed about the whole."""
    writer = PdfWriter(clone_from=io.BytesIO(pdf))
    writer.add_attachment(name, xml.encode()).subtype = NameObject("/text/xml")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@lru_cache(maxsize=8)
def _overlay(word: str, width: float, height: float) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    diagonal = (width**2 + height**2) ** 0.5
    size = 100 * _ROOM * diagonal / pdfmetrics.stringWidth(word, _BOLD, 100)
    size = min(size, height / 5)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(54)
    canvas.setFillColorRGB(0.72, 0.11, 0.11)
    canvas.setFillAlpha(0.16)
    canvas.setFont(_BOLD, size)
    canvas.drawCentredString(0, -size * 0.36, word)
    canvas.save()
    return out.getvalue()
