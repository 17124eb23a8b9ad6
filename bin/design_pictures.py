"""Make the pictures of the default designs, for docs and the gallery, with the product's own renderer and `pdftoppm`.

Usage: design_pictures.py [FOLDER]
"""

import base64
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import django
from PIL import Image, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("DATABASE_URL", "sqlite://:memory:")
django.setup()

from documents.domain.kinds import Content  # noqa: E402
from documents.pdf.printing import present  # noqa: E402
from documents.renderer.rendering import render_pdf  # noqa: E402
from documents.templates import defaults  # noqa: E402
from documents.templates.samples import sample  # noqa: E402

LONG = 60
DOTS = 80  # per inch
COLOURS = 48

# name: design, kind, language, currency, lines (0: the sample's own), stamp's purpose, unified, paper
PICTURES = {
    "classic-invoice-en": ("classic", "invoice", "en", "EUR", 0, "", False, "A4"),
    "classic-invoice-unified-de": ("classic", "invoice", "de", "EUR", 0, "", True, "A4"),
    "classic-credit_memo-en": ("classic", "credit_memo", "en", "EUR", 0, "", False, "A4"),
    "modern-credit_memo-en": ("modern", "credit_memo", "en", "EUR", 0, "", False, "A4"),
    "compact-credit_memo-a4-en": ("compact", "credit_memo", "en", "EUR", 0, "", False, "A4"),
    "classic-credit_memo-fr": ("classic", "credit_memo", "fr", "JPY", 0, "", False, "A4"),
    "classic-credit_memo-void-en": ("classic", "credit_memo", "en", "EUR", LONG, "void_copy", False, "A4"),
    "modern-invoice-unified-en": ("modern", "invoice", "en", "EUR", 0, "", True, "Letter"),
    "modern-credit_memo-de": ("modern", "credit_memo", "de", "KWD", 0, "", False, "A4"),
    "modern-invoice-fr": ("modern", "invoice", "fr", "EUR", LONG, "", False, "A4"),
    "modern-invoice-copy-de": ("modern", "invoice", "de", "EUR", 0, "copy", False, "A4"),
    "compact-invoice-de": ("compact", "invoice", "de", "EUR", LONG, "", False, "A4"),
    "compact-credit_memo-en": ("compact", "credit_memo", "en", "EUR", 0, "", False, "Letter"),
    "compact-invoice-unified-fr": ("compact", "invoice", "fr", "JPY", 0, "", True, "A4"),
}
GALLERY = {
    "classic": "classic-credit_memo-en",
    "modern": "modern-credit_memo-en",
    "compact": "compact-credit_memo-a4-en",
}
"""The designs as the Document Builder shows them."""


def logo() -> str:
    """A drawn logo as a data address."""
    image = Image.new("RGBA", (640, 200), (255, 255, 255, 0))
    draw = ImageDraw.Draw(image)
    draw.rounded_rectangle((0, 20, 160, 180), 36, fill=(15, 107, 85))
    draw.polygon([(36, 140), (80, 56), (124, 140)], fill=(255, 255, 255))
    for row, width in ((60, 420), (104, 300)):
        draw.rounded_rectangle((200, row, 200 + width, row + 26), 13, fill=(20, 50, 79))
    out = io.BytesIO()
    image.save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


def lengthened(content: Content, lines: int) -> Content:
    """The same document with its lines repeated; the sums stay those of the sample."""
    return {**content, "lines": (content["lines"] * lines)[:lines]} if lines else content


def draw(name: str, folder: Path) -> None:
    """Write one PNG for each of the first two pages."""
    design, kind, language, currency, lines, purpose, unified, paper = PICTURES[name]
    content = lengthened(sample(kind, language, currency, unified=unified), lines)
    if purpose == "void_copy":
        content["voided_on"] = "2026-06-09"
    images = {} if name == "classic-credit_memo-fr" else {"logo": logo()}
    made = render_pdf(
        source=defaults.source(kind, language, design),
        data=present(content, kind=kind, language=language, images=images, page_size=paper, unified=unified),
        must_show=content["number"],
        stamp=defaults.stamp_word(language, purpose),
    )
    for page in range(1, min(made.pages, 2) + 1):
        command = ["pdftoppm", "-r", str(DOTS), "-f", str(page), "-l", str(page), "-png", "-"]
        png = subprocess.run(command, input=made.pdf, capture_output=True, check=True).stdout
        shown = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        path = folder / (f"{name}.png" if made.pages == 1 else f"{name}-{page}.png")
        shown.save(path, optimize=True)
        print(f"{path.name}: page {page} of {made.pages}, {path.stat().st_size // 1024} KB, missing: {made.missing!r}")


def main() -> None:
    """Draw them all."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "pictures" / "designs"
    folder.mkdir(parents=True, exist_ok=True)
    for name in PICTURES:
        draw(name, folder)
    gallery = ROOT / "static" / "img" / "designs"
    gallery.mkdir(parents=True, exist_ok=True)
    for name, picture in GALLERY.items():
        shutil.copyfile(folder / f"{picture}.png", gallery / f"{name}.png")


if __name__ == "__main__":
    main()
