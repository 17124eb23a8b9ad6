"""Chinese, Japanese and Korean: printed where the installation names a font, told of where it does not."""

import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pypdf import PdfReader
from pytest_django.fixtures import Settings

from documents.pdf.printing import present
from documents.renderer import rendering
from documents.renderer.rendering import Rendered, has_cjk, render_pdf
from documents.templates import defaults
from documents.templates.samples import sample
from tests.support.fonts import find_cjk_font, install_cjk_font

pytestmark = pytest.mark.slow

JAPANESE = (
    "ビジネススイート年間プラン、導入支援と一年間の電話サポートを含みます。お問い合わせは営業部までお願いします。"
)
CHINESE = "企业套件年度计划 (Enterprise, 12 seats)"


@pytest.fixture(scope="module")
def font() -> str:
    path = find_cjk_font() or install_cjk_font()
    if path is None:
        pytest.skip("no TrueType font for Chinese and Japanese; name one in OFFSET_TEST_CJK_FONT")
    return path


@pytest.fixture(autouse=True)
def fresh_renderer() -> Iterator[None]:
    """Each test begins and ends without a renderer, since one knows the setting of its start."""
    rendering._renderer.close()
    yield
    rendering._renderer.close()


@pytest.fixture
def named(font: str, settings: Settings) -> str:
    settings.DOCUMENTS_CJK_FONT = font
    return font


def invoice(lines: int = 6) -> Rendered:
    content = sample("invoice", "en", "JPY")
    content["payer"] = {**content["payer"], "name": "株式会社 北の海"}
    content["lines"] = (content["lines"] * lines)[:lines]
    content["lines"][0] = {**content["lines"][0], "description": JAPANESE}
    content["lines"][1] = {**content["lines"][1], "description": CHINESE}
    source = defaults.source("invoice", "en")
    return render_pdf(source=source, data=present(content, kind="invoice", language="en"), must_show="INV-2026-00171")


def test_it_is_printed_with_the_named_font(named: str) -> None:
    made = invoice()
    page = PdfReader(io.BytesIO(made.pdf)).pages[0]
    text = "".join(page.extract_text().split())
    for part in ("株式会社北の海", JAPANESE, "企业套件年度计划(Enterprise,12seats)"):
        assert part in text
    assert made.missing == ""
    assert has_cjk()


def test_long_texts_without_spaces_stay_in_their_cell(named: str) -> None:
    drawn: list[tuple[float, str]] = []

    def visit(text: str, _cm: object, matrix: list[float], _font: object, _size: object) -> None:
        if text.strip() and any(character in JAPANESE for character in text):
            drawn.append((matrix[4], text.strip()))

    PdfReader(io.BytesIO(invoice().pdf)).pages[0].extract_text(visitor_text=visit)
    assert max(len(text) for _x, text in drawn) < len(JAPANESE) * 0.6


def test_a_long_latin_word_stays_in_its_cell_too() -> None:
    word = "https://example.com/" + "x" * 120
    made = render_pdf(
        source="<table><tr><td width='30%'>{{ word }}</td><td>1</td></tr></table>", data={"word": word}, must_show=word
    )
    lines = PdfReader(io.BytesIO(made.pdf)).pages[0].extract_text().split("\n")
    assert max(map(len, lines)) < 60


def test_without_a_font_the_characters_are_told() -> None:
    made = invoice()
    assert set(made.missing) == {c for c in JAPANESE + CHINESE + "株式会社北の海" if ord(c) > 0x3000}
    assert not has_cjk()


def test_several_fonts_are_tried_in_order(named: str, settings: Settings, tmp_path: Path) -> None:
    settings.DOCUMENTS_CJK_FONT = os.pathsep.join([str(tmp_path / "absent.ttf"), named])
    assert has_cjk()


@pytest.mark.parametrize("data", [b"", b"OTTO of outlines", b"\x00\x01\x00\x00 and no font"])
def test_what_is_no_font_does_no_harm(data: bytes, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "font.ttf"
    path.write_bytes(data)
    settings.DOCUMENTS_CJK_FONT = str(path)
    assert not has_cjk()
    assert invoice().pages == 1


def test_the_memory_limit_holds_such_a_font(named: str) -> None:
    """Sixty lines over pages, in 512 MiB of addresses with much to spare."""
    assert invoice(lines=60).pages == 4
    assert rendering._renderer.pid
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{rendering._renderer.pid}/status").read_text().splitlines()
    )
    assert int(status["VmPeak"].split()[0]) < 256 * 1024
    assert int(status["VmHWM"].split()[0]) < 192 * 1024
