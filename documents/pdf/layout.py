"""Puts a template, a document's figures and a marketplace's images and fonts together: the PDF as it is printed."""

from collections.abc import Sequence
from typing import Any, Protocol

from core.languages import first_of
from core.printable import one_line
from documents.domain.kinds import Content, kind_called
from documents.models import TemplateAsset
from documents.pdf import printing
from documents.pdf.materials import materials_for
from documents.renderer import rendering
from documents.renderer.about import About
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
        "about": _about(printable, content),
    }


def _about(printable: Printable, content: Content) -> About:
    """The PDF's properties: from its merchant, about its payer, of its day of issue."""
    words = kind_called(printable.kind).design_words
    name = one_line(f"{words[first_of([printable.language], words)]['title']} {content['number']}")
    return About(
        title=name,
        author=one_line(content["merchant"]["name"]),
        subject=f"{name}, {one_line(content['payer']['name'])}",
        day=content["issue_date"],
    )


def lay_out(
    printable: Printable, content: Content, *, assets: Sequence[TemplateAsset], stamp: str = "", unified: bool = False
) -> Rendered:
    """The PDF. Raises RenderError."""
    return rendering.render_pdf(**request_for(printable, content, assets=assets, stamp=stamp, unified=unified))
