"""Tries a template before it prints anything: on sample figures, or on a document that was issued."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from documents.domain.kinds import Content, kind_called
from documents.models import Purpose
from documents.pdf.layout import Printable, lay_out
from documents.queries.assets import assets_at
from documents.renderer import rendering
from documents.renderer.rendering import Rendered, RenderError, TemplateError
from documents.templates import defaults, samples


@dataclass(frozen=True, slots=True)
class PublishPreview:
    """What publishing would mean: ``problem`` why it is refused (``line`` from 1, 0 when unknown), else ``pages``.

    ``missing`` are characters of the sample that no font has.
    """

    problem: str = ""
    line: int = 0
    pages: int = 0
    missing: str = ""


def preview(
    draft: Printable, *, marketplace_id: int, currency: str, at: datetime, document_id: int | None, look: str = ""
) -> Rendered:
    """The PDF of the sample or of a document, as an original or as ``look`` says. Raises RenderError."""
    unified = look == Purpose.UNIFIED
    content = _content(draft, currency, document_id, unified=unified)
    if look == Purpose.VOID_COPY:
        content["voided_on"] = content["voided_on"] or content["issue_date"]
    else:
        content["voided_on"] = ""
    stamp = defaults.stamp_word(draft.language, look)
    return lay_out(draft, content, assets=assets_at(marketplace_id, at), stamp=stamp, unified=unified)


def prove(draft: Printable, *, marketplace_id: int, currency: str, at: datetime) -> PublishPreview:
    """Render what a published template has to render: a full document, a bare one, a long one, a unified one."""
    pages, missing, assets = 0, "", assets_at(marketplace_id, at)
    try:
        for number, (content, unified) in enumerate(_trials(draft, currency)):
            made = lay_out(draft, content, assets=assets, unified=unified)
            pages, missing = (made.pages, made.missing) if number == 0 else (pages, missing)
    except RenderError as error:
        return PublishPreview(str(error), error.line if isinstance(error, TemplateError) else 0)
    return PublishPreview(pages=pages, missing=missing)


def can_print_cjk() -> bool:
    """Whether a font for Chinese, Japanese and Korean is named in the settings."""
    return rendering.has_cjk()


def _content(draft: Printable, currency: str, document_id: int | None, *, unified: bool) -> Content:
    if document_id is None:
        return samples.sample(draft.kind, draft.language, currency, unified=unified)
    kind = kind_called(draft.kind)
    return kind.unified(document_id) if unified else kind.content(document_id)


def _trials(draft: Printable, currency: str) -> Iterator[tuple[Content, bool]]:
    """The full sample first; then the same without anything that may be absent, many lines, and the unified view."""
    full = samples.sample(draft.kind, draft.language, currency)
    yield full, False
    yield samples.bare(full), False
    yield {**full, "lines": full["lines"] * 15}, False
    together = samples.sample(draft.kind, draft.language, currency, unified=True)
    yield {**together, "voided_on": full["issue_date"]}, True
