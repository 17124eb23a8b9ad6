"""Fonts: ours for every character, uploaded ones for the document of their marketplace and nobody else's."""

import hashlib
import io
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import reportlab
from pypdf import PdfReader

from documents.renderer import rendering, typefaces
from documents.renderer.fontfiles import LARGEST
from documents.renderer.rendering import FontError, FontFile, RenderError, check_font, render_pdf

pytestmark = pytest.mark.slow

VERA = Path(reportlab.__file__).parent / "fonts"
ROMAN, BOLD = (VERA / "Vera.ttf").read_bytes(), (VERA / "VeraBd.ttf").read_bytes()


@pytest.fixture(scope="module", autouse=True)
def no_renderer_left() -> Iterator[None]:
    yield
    rendering._renderer.close()


class Upload:
    """An uploaded font that counts how often it is read."""

    def __init__(self, data: bytes, family: str = "House", *, bold: bool = False) -> None:
        self.data, self.reads = data, 0
        self.file = FontFile(family, bold, False, hashlib.sha256(data).hexdigest(), self.read)

    def read(self) -> bytes:
        self.reads += 1
        return self.data


def fonts_in(pdf: bytes) -> set[str]:
    """The names of its fonts, all embedded, without the letters that say "a part of" before them."""
    pages = PdfReader(io.BytesIO(pdf)).pages
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert all("/FontFile2" in font["/FontDescriptor"] for font in fonts), fonts
    return {font["/BaseFont"].partition("+")[2] for font in fonts}


def drawn(html: str, *uploads: Upload) -> set[str]:
    return fonts_in(render_pdf(source=html, data={}, must_show="", fonts=[upload.file for upload in uploads]).pdf)


def test_a_family_draws_each_style_with_its_own_font() -> None:
    found = drawn("<p style='font-family: house'>a <b>b</b></p>", Upload(ROMAN), Upload(BOLD, bold=True))
    assert {name.partition("-Font")[0] for name in found} == {"BitstreamVeraSans-Roman", "BitstreamVeraSans-Bold"}


def test_what_a_family_lacks_is_drawn_with_ours() -> None:
    made = render_pdf(
        source="<p style='font-family: House'>Vera Кириллица</p>", data={}, must_show="", fonts=[Upload(ROMAN).file]
    )
    assert {name.partition("-Font")[0] for name in fonts_in(made.pdf)} == {
        "BitstreamVeraSans-Roman",
        "Roboto-Regular",
    }
    assert (made.missing, made.pages) == ("", 1)


@pytest.mark.parametrize("family", ["Helvetica", "Times", "Courier New", "STSong-Light", "nobody's font", "Symbol"])
def test_no_font_that_is_not_embedded_is_ever_used(family: str) -> None:
    assert drawn(f"<p style='font-family: {family}'>a é Ж</p>") == {"Roboto-Regular"}


def test_characters_that_no_font_has_are_told() -> None:
    made = render_pdf(source="<p>{{ a }} <i>{{ b }}</i></p>", data={"a": "Ω 請 😀 क", "b": "مرحبا"}, must_show="")
    assert made.missing == "क請"


def test_a_font_is_sent_once_to_each_process() -> None:
    upload = Upload(ROMAN)
    rendering._renderer.close()
    drawn("<p>1</p>", upload)
    drawn("<p>2</p>", upload)
    assert upload.reads == 1
    rendering._renderer.close()
    drawn("<p>3</p>", upload)
    assert upload.reads == 2


def test_many_fonts_replace_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "FONT_BYTES", len(ROMAN))
    drawn("<p>1</p>", Upload(ROMAN))
    assert rendering._renderer.pid
    drawn("<p>1</p>", Upload(BOLD, bold=True))
    assert rendering._renderer.pid is None


def test_a_family_is_unknown_to_the_next_document() -> None:
    page = "<p style='font-family: House'>a</p>"
    assert drawn(page, Upload(ROMAN)) != {"Roboto-Regular"}
    assert drawn(page) == {"Roboto-Regular"}


def test_two_marketplaces_may_call_different_fonts_the_same() -> None:
    page = "<p style='font-family: House'>a</p>"
    theirs, ours = drawn(page, Upload(ROMAN)), drawn(page, Upload(BOLD))
    assert (len(theirs), len(ours), theirs & ours) == (1, 1, set())
    assert drawn(page, Upload(ROMAN)) == theirs


def test_a_font_that_calls_itself_like_another_does_not_stand_in_for_it() -> None:
    page = "<p style='font-family: House'>a</p>"
    twin = ROMAN + b"\0" * 4
    for data in (ROMAN, twin):
        (name,) = drawn(page, Upload(data))
        assert name == f"BitstreamVeraSans-Roman-Font-{hashlib.sha256(data).hexdigest()[:32]}"


def test_the_bold_of_one_marketplace_is_not_the_bold_of_another() -> None:
    """They have the same roman; only one has a bold."""
    page = "<p style='font-family: House'>a <b>b</b></p>"
    assert len(drawn(page, Upload(ROMAN), Upload(BOLD, bold=True))) == 2
    assert len(drawn(page, Upload(ROMAN))) == 1


REFUSED = {
    "nothing": (b"", "not a TrueType"),
    "PostScript outlines": (b"OTTO" + ROMAN[4:], "not a TrueType"),
    "a web font": (b"wOF2" + ROMAN[4:], "not a TrueType"),
    "a page of text": (b"<html>", "not a TrueType"),
    "half a font": (ROMAN[: len(ROMAN) // 2], "damaged"),
    "a head only": (ROMAN[:12], "damaged"),
    "65,535 tables": (ROMAN[:4] + b"\xff\xff" + ROMAN[6:], "damaged"),
    "a huge file": (ROMAN + b"\0" * LARGEST, "larger than 8 MB"),
}


@pytest.mark.parametrize(("data", "text"), REFUSED.values(), ids=REFUSED.keys())
def test_refused(data: bytes, text: str) -> None:
    with pytest.raises(FontError, match=text):
        check_font(data)


def test_a_font_that_is_not_the_uploaded_one_is_refused() -> None:
    file = FontFile("House", False, False, hashlib.sha256(BOLD).hexdigest(), lambda: ROMAN)
    with pytest.raises(FontError, match="not the one"):
        render_pdf(source="<p>x</p>", data={}, must_show="", fonts=[file])


def test_a_good_font_is_accepted() -> None:
    check_font(ROMAN)


def test_damage_anywhere_is_survived() -> None:
    """A damaged font is refused, or draws; this process and the next document never hear of it."""
    chance = random.Random(7)
    for _ in range(40):
        data = bytearray(ROMAN)
        for _ in range(chance.choice([1, 8, 200])):
            data[chance.randrange(12, len(data))] = chance.randrange(256)
        try:
            drawn("<p style='font-family: House'>Damage 123</p>", Upload(bytes(data)))
        except RenderError:
            assert rendering._renderer.pid is None
    assert drawn("<p>fine</p>") == {"Roboto-Regular"}


def test_shipped_fonts_have_their_licence_beside_them() -> None:
    files = {file for family in typefaces._FAMILIES.values() for file in family.values()}
    assert {file.name for file in typefaces.FOLDER.iterdir()} == files | {"LICENSE-DejaVu.txt", "LICENSE-Roboto.txt"}
