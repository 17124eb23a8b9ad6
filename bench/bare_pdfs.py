"""The two limits beside Offset's way to a PDF: bare xhtml2pdf on the same HTML, and bare ReportLab drawing the page.

Run by ``pdfs.py`` as a process of its own: it reads a JSON line with the HTML and the data, warms up, and then answers
each line ``html N`` or ``drawing N`` with the seconds that N documents took.
"""

import io
import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import reportlab.rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.fonts import addMapping
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from xhtml2pdf import pisa
from xhtml2pdf.default import DEFAULT_FONT

from documents.renderer.typefaces import FAMILY, FOLDER

MM = 72 / 25.4
BLUE, WHITE, DARK, GREY, LINE = (HexColor(f"#{rgb}") for rgb in ("14324f", "ffffff", "1d2733", "5c6b7a", "cfd8e1"))
SANS, BOLD = "Roboto-Regular", "Roboto-Bold"
FACES = {(0, 0): SANS, (1, 0): BOLD, (0, 1): "Roboto-Italic", (1, 1): "Roboto-BoldItalic"}
LEFT, RIGHT, TOP, BOTTOM = 20 * MM, A4[0] - 18 * MM, A4[1] - 18 * MM, 34 * MM
COLUMNS = (("description", LEFT), ("quantity", 340), ("unit_price", 420), ("tax_rate", 470), ("net", RIGHT))


def prepare() -> None:
    """The fonts of the templates, registered once, as anybody would."""
    reportlab.rl_config.invariant = 1
    for (bold, italic), name in FACES.items():
        pdfmetrics.registerFont(TTFont(name, str(FOLDER / f"{name}.ttf")))
        addMapping(SANS, bold, italic, name)
    DEFAULT_FONT[FAMILY] = SANS


def from_html(html: str) -> bytes:
    """What anybody writes first."""
    out = io.BytesIO()
    pisa.CreatePDF(html, dest=out, encoding="utf-8")
    return out.getvalue()


class Page:
    """A document drawn by hand, with coordinates for everything: nothing is laid out."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data, self.out = data, io.BytesIO()
        self.canvas = Canvas(self.out, pagesize=A4, invariant=1)
        self.y = TOP

    def text(self, x: float, words: str, *, font: str = SANS, size: float = 9, right: bool = False) -> None:
        self.canvas.setFont(font, size)
        (self.canvas.drawRightString if right else self.canvas.drawString)(x, self.y, words)

    def begin(self) -> None:
        """The head of a page, with the head of the table."""
        merchant, payer = self.data["merchant"], self.data["payer"]
        self.y = TOP
        self.canvas.setFillColor(BLUE)
        self.text(LEFT, merchant["name"], font=BOLD, size=13)
        self.text(RIGHT, self.data["number"], size=20, right=True)
        self.canvas.setFillColor(DARK)
        for words in [*merchant["address"], payer["name"], *payer["address"]]:
            self.y -= 12
            self.text(LEFT, words)
        facts = (self.data["issue_date"], self.data["effective_date"], self.data["source"]["number"])
        for words in facts:
            self.y -= 12
            self.text(RIGHT, words, right=True)
        self.y -= 24
        self.canvas.setFillColor(BLUE)
        self.canvas.rect(LEFT, self.y - 4, RIGHT - LEFT, 16, stroke=0, fill=1)
        self.canvas.setFillColor(WHITE)
        for name, x in COLUMNS:
            self.text(x, name, size=8, right=x != LEFT)
        self.canvas.setFillColor(DARK)

    def end(self, number: int) -> None:
        """The foot of a page."""
        self.y = 12 * MM
        self.canvas.setFillColor(GREY)
        self.text(LEFT, self.data["merchant"]["line"], size=7)
        self.text(RIGHT, f"Page {number}", size=7, right=True)
        self.canvas.showPage()

    def line(self, row: dict[str, str]) -> None:
        """A row of the table, in two lines of text, over a rule."""
        self.y -= 14
        for name, x in COLUMNS:
            self.text(x, row[name], right=x != LEFT)
        self.y -= 10
        self.canvas.setFillColor(GREY)
        self.text(LEFT, row["period"], size=7.5)
        self.canvas.setFillColor(DARK)
        self.canvas.setStrokeColor(LINE)
        self.canvas.line(LEFT, self.y - 4, RIGHT, self.y - 4)

    def sums(self) -> None:
        """Net, taxes, total."""
        for words in (self.data["net"], *(tax["amount"] for tax in self.data["taxes"]), self.data["total"]):
            self.y -= 16
            self.text(RIGHT, words, font=BOLD, right=True)


def drawn(data: dict[str, Any]) -> bytes:
    """The same texts, rules and fonts by hand."""
    page, number = Page(data), 1
    page.begin()
    for row in data["lines"]:
        if page.y < BOTTOM:
            page.end(number)
            number += 1
            page.begin()
        page.line(row)
    page.sums()
    page.end(number)
    page.canvas.save()
    return page.out.getvalue()


def main() -> None:
    given = json.loads(sys.stdin.readline())
    prepare()
    ways: dict[str, Callable[[], bytes]] = {
        "html": lambda: from_html(given["html"]),
        "drawing": lambda: drawn(given["data"]),
    }
    for way in ways.values():
        for _ in range(5):
            assert way().startswith(b"%PDF")
    print("ready", flush=True)
    for words in sys.stdin:
        name, count = words.split()
        began = time.perf_counter()
        for _ in range(int(count)):
            ways[name]()
        took = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": took, "peak": peak}), flush=True)


if __name__ == "__main__":
    main()
