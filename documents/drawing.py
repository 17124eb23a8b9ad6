"""From finished HTML to a PDF, with the fonts that Offset ships; runs inside the renderer process.

The same HTML gives the same bytes: ReportLab's ``invariant`` leaves dates and random ids out.
"""

import io
from functools import lru_cache
from pathlib import Path

import reportlab.rl_config
from pypdf import PageObject, PdfReader, PdfWriter
from reportlab.lib.fonts import addMapping
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from xhtml2pdf import pisa
from xhtml2pdf.config.resources import ResourceAccessPolicy
from xhtml2pdf.default import DEFAULT_FONT

FONTS = Path(__file__).resolve().parent / "fonts"
FAMILY = "offset sans"
"""The family to name in a template's CSS."""
SECONDS = 18
"""Wall time after which the library itself gives up, before the process is ended."""

_FACES = {
    (0, 0): ("OffsetSans", "DejaVuSansCondensed.ttf"),
    (1, 0): ("OffsetSans-Bold", "DejaVuSansCondensed-Bold.ttf"),
    (0, 1): ("OffsetSans-Italic", "DejaVuSansCondensed-Oblique.ttf"),
    (1, 1): ("OffsetSans-Bold", "DejaVuSansCondensed-Bold.ttf"),
}
_ROOM = 0.82
"""How much of a page's diagonal a stamp fills."""


class LayoutFailed(Exception):
    """The library could not lay the document out, or what it made is not the document."""


def prepare() -> None:
    """Read and register the fonts, once per process, and draw a first page so that everything is loaded."""
    reportlab.rl_config.invariant = 1
    for (bold, italic), (name, file) in _FACES.items():
        if name not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(TTFont(name, str(FONTS / file)))
        addMapping(FAMILY, bold, italic, name)
    for alias in (FAMILY, "sans-serif", "sans"):
        DEFAULT_FONT[alias] = "OffsetSans"
    for bold, italic in _FACES:
        addMapping("OffsetSans", bold, italic, _FACES[bold, italic][0])
    pages(draw("<p>Offset</p>"))


@lru_cache(maxsize=1)
def _policy() -> ResourceAccessPolicy:
    return ResourceAccessPolicy.server(FONTS, allow_remote=False, max_render_seconds=SECONDS, max_depth=80)


def draw(html: str) -> bytes:
    """The PDF. Raises LayoutFailed, MemoryError, or whatever else the library raises."""
    out = io.BytesIO()
    result = pisa.CreatePDF(html, dest=out, encoding="utf-8", capacity=-1, resource_policy=_policy())
    if result.err:
        raise LayoutFailed("The document could not be laid out.")
    return out.getvalue()


def pages(pdf: bytes, must_show: str = "") -> int:
    """How many pages a PDF has. Raises LayoutFailed when it has none or does not show the text ``must_show``."""
    reader = PdfReader(io.BytesIO(pdf))
    wanted = "".join(must_show.split())
    if not reader.pages:
        raise LayoutFailed("The document has no pages.")
    if wanted and not any(wanted in "".join(page.extract_text().split()) for page in reader.pages):
        raise LayoutFailed(f"The document does not show {must_show}.")
    return len(reader.pages)


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


@lru_cache(maxsize=8)
def _overlay(word: str, width: float, height: float) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height), invariant=1)
    diagonal = (width**2 + height**2) ** 0.5
    size = 100 * _ROOM * diagonal / pdfmetrics.stringWidth(word, "OffsetSans-Bold", 100)
    size = min(size, height / 5)
    canvas.translate(width / 2, height / 2)
    canvas.rotate(54)
    canvas.setFillColorRGB(0.72, 0.11, 0.11)
    canvas.setFillAlpha(0.16)
    canvas.setFont("OffsetSans-Bold", size)
    canvas.drawCentredString(0, -size * 0.36, word)
    canvas.save()
    return out.getvalue()
