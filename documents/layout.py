"""Puts a template, a document's figures and a marketplace's images and fonts together: the PDF as it is printed."""

from collections.abc import Sequence
from typing import Protocol

from documents import printing, rendering
from documents.kinds import Content
from documents.materials import materials_for
from documents.models import TemplateAsset
from documents.rendering import Rendered


class Printable(Protocol):
    """What can print a document: a published version, or a draft."""

    kind: str
    language: str
    source: str
    page_size: str


def lay_out(
    printable: Printable, content: Content, *, assets: Sequence[TemplateAsset], stamp: str = "", unified: bool = False
) -> Rendered:
    """The PDF, with those of ``assets`` that it names. Raises RenderError, and OSError for the storage."""
    materials = materials_for(printable.source, assets)
    return rendering.render_pdf(
        source=printable.source,
        data=printing.present(
            content,
            kind=printable.kind,
            language=printable.language,
            images=materials.images,
            page_size=printable.page_size,
            unified=unified,
        ),
        must_show=content["number"],
        stamp=stamp,
        fonts=materials.fonts,
    )
