"""Writes an uploaded picture anew: only its pixels remain, in a size that suits a document (pure)."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image

MOST_BYTES = 2 * 1024 * 1024
"""Of the file that is sent."""
MOST_PIXELS = 25_000_000
LONGEST_SIDE = 1000
"""Pixels; 8 cm at 300 dots per inch."""
MOST_STORED = 400 * 1024
"""Bytes of what is kept: every document carries it."""

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")


class PictureRefused(ValueError):
    """The file is no picture that a document can carry; the code says why: "large", "unreadable" or "heavy"."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture as it is kept; width and height in pixels."""

    content: bytes
    media_type: str
    width: int
    height: int


def rewrite(content: bytes) -> Picture:
    """The picture as PNG, or as JPEG where it was one, with no side longer than 1000 pixels. Raises PictureRefused."""
    if len(content) > MOST_BYTES:
        raise PictureRefused("large")
    image = _opened(content)
    has_alpha = image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info
    as_jpeg = image.format == "JPEG"
    plain = image.convert("RGBA" if has_alpha else "RGB")
    plain.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    if as_jpeg:
        plain.save(out, "JPEG", quality=88, optimize=True)
    else:
        plain.save(out, "PNG", optimize=True)
    kept = out.getvalue()
    if len(kept) > MOST_STORED:
        raise PictureRefused("heavy")
    return Picture(kept, "image/jpeg" if as_jpeg else "image/png", *plain.size)


def _opened(content: bytes) -> Image.Image:
    """The first frame, decoded; its size is known, and judged, before a pixel is."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(content), formats=_FORMATS)
            if image.width * image.height <= MOST_PIXELS:
                image.load()
                return image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureRefused("large") from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # UnidentifiedImageError is an OSError.
        raise PictureRefused("unreadable") from error
    raise PictureRefused("large")
