"""Puts a template, a document's figures and a marketplace's images and fonts together: the PDF as it is printed."""

from collections.abc import Sequence
from typing import Any, Protocol

from documents.domain.kinds import Content
from documents.models import TemplateAsset
from documents.pdf import printing
from documents.pdf.materials import materials_for
from documents.renderer import rendering
from documents.renderer.rendering import Rendered


class Printable(Protocol):
    """What can print a document: a published version, or a draft."""

    kind: str
    language: str
    source: str
    page_size: str


def request_for(
    printable: Printable,
    content: Content,
    *,
    assets: Sequence[TemplateAsset],
    stamp: str = "",
    enclose: tuple[str, str] | None = None,
    unified: bool = False,
) -> dict[str, Any]:
    """What ``rendering.render_pdf`` takes: those of ``assets`` that the template names, a file to enclose.

    Raises MaterialsAway when the storage does not give an image.
    """
    materials = materials_for(printable.source, assets)
    return {
        "source": printable.source,
        "data": printing.present(
            content,
            kind=printable.kind,
            language=printable.language,
            images=materials.images,
            page_size=printable.page_size,
            unified=unified,
        ),
        "must_show": content["number"],
        "stamp": stamp,
        "fonts": materials.fonts,
        "enclose": enclose,
    }


def lay_out(
    printable: Printable, content: Content, *, assets: Sequence[TemplateAsset], stamp: str = "", unified: bool = False
) -> Rendered:
    """The PDF. Raises RenderError."""
    return rendering.render_pdf(**request_for(printable, content, assets=assets, stamp=stamp, unified=unified))
