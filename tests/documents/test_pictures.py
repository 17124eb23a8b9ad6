"""Pictures that are sent: only pixels stay, in a size that a document can carry."""

import io

import pytest
from PIL import Image, PngImagePlugin

from documents.domain.pictures import PictureRefused, rewrite


def made(kind: str, size: tuple[int, int] = (40, 20), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode != "P" else 3).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("sent", "media_type"),
    [
        (made("PNG"), "image/png"),
        (made("PNG", mode="RGBA"), "image/png"),
        (made("GIF", mode="P"), "image/png"),
        (made("WEBP"), "image/png"),
        (made("JPEG"), "image/jpeg"),
        (made("JPEG", mode="CMYK"), "image/jpeg"),
    ],
)
def test_what_is_kept(sent: bytes, media_type: str) -> None:
    kept = rewrite(sent)
    assert (kept.media_type, kept.width, kept.height) == (media_type, 40, 20)
    assert Image.open(io.BytesIO(kept.content)).size == (40, 20)


def test_a_large_one_is_made_smaller() -> None:
    kept = rewrite(made("PNG", (3000, 600)))
    assert (kept.width, kept.height) == (1000, 200)


def test_only_pixels_are_kept() -> None:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Comment", "secret" * 50)
    assert b"secret" in made("PNG", pnginfo=notes)
    assert b"secret" not in rewrite(made("PNG", pnginfo=notes)).content
    assert b"<script>" not in rewrite(made("PNG") + b"<script>alert(1)</script>").content


def test_what_is_see_through_stays_so() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (4, 4), (0, 0, 0, 0)).save(out, "PNG")
    assert Image.open(io.BytesIO(rewrite(out.getvalue()).content)).convert("RGBA").getpixel((0, 0)) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"", "unreadable"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "unreadable"),
        (b"%PDF-1.7", "unreadable"),
        (made("PNG")[:40], "unreadable"),
        (made("BMP"), "unreadable"),
        (made("TIFF"), "unreadable"),
        (b"\x89PNG" + bytes(2 * 1024 * 1024), "large"),
        (made("PNG", (20_000, 20_000), mode="1"), "large"),
        (made("PNG", (5200, 5200), mode="1"), "large"),
    ],
)
def test_what_is_refused(sent: bytes, code: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        rewrite(sent)
    assert refused.value.code == code


def test_noise_that_no_document_can_carry_is_refused() -> None:
    noise = Image.effect_noise((900, 900), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "PNG")
    with pytest.raises(PictureRefused) as refused:
        rewrite(out.getvalue())
    assert refused.value.code == "heavy"
