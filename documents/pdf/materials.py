"""The images and fonts of a marketplace as a template gets them: images as data in the dictionary, fonts as files."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from django.utils.translation import gettext

from documents.models import TemplateAsset
from documents.renderer.rendering import FontFile, RendererDied
from documents.storage.stores import document_storage

LOGO = "logo"
"""The image that the product's own designs show."""

_FACES = {
    TemplateAsset.Face.REGULAR: (False, False),
    TemplateAsset.Face.BOLD: (True, False),
    TemplateAsset.Face.ITALIC: (False, True),
    TemplateAsset.Face.BOLD_ITALIC: (True, True),
}


@dataclass(frozen=True, slots=True)
class Materials:
    """``images`` by name as data addresses, ``fonts`` as the renderer takes them."""

    images: dict[str, str]
    fonts: tuple[FontFile, ...]


class MaterialsAway(RendererDied):
    """The storage does not give an image or a font; as when the renderer died, trying again makes sense."""


def materials_for(source: str, assets: Sequence[TemplateAsset]) -> Materials:
    """Those of ``assets`` that the template's source names; an absent logo is an empty text.

    Raises MaterialsAway.
    """
    images = {LOGO: ""} | {asset.name: data_address(asset) for asset in _named(assets, "image", source)}
    return Materials(images, tuple(_font(asset) for asset in _named(assets, "font", source)))


def _named(assets: Iterable[TemplateAsset], kind: str, source: str) -> list[TemplateAsset]:
    lower = source.lower()
    return [asset for asset in assets if asset.kind == kind and asset.name.lower() in lower]


def data_address(asset: TemplateAsset) -> str:
    """The image inside its own address. Raises MaterialsAway."""
    return f"data:{asset.media_type};base64,{base64.b64encode(bytes_of(asset)).decode()}"


def bytes_of(asset: TemplateAsset) -> bytes:
    """The image or font itself. Raises MaterialsAway."""
    return _bytes(asset.stored)


def _font(asset: TemplateAsset) -> FontFile:
    bold, italic = _FACES[TemplateAsset.Face(asset.face)]
    return FontFile(asset.name, bold, italic, asset.sha256, partial(_bytes, asset.stored))


@lru_cache(maxsize=32)
def _bytes(stored: str) -> bytes:
    """The name holds the hash of the bytes, so they never change under it."""
    try:
        with document_storage().open(stored, "rb") as file:
            content: bytes = file.read()
    except OSError as error:
        raise MaterialsAway(gettext("An image or font can't be read right now. Please try again later.")) from error
    return content
