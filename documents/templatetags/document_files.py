"""``{% document_files "credit_memo" memo.pk %}``: the block of a document's PDFs, for an issued document's page."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context

from core.access import Viewer, viewer
from documents import kinds
from documents.queries.files import files_of

register = template.Library()


def block_context(request: HttpRequest, kind: str, document_id: int) -> dict[str, Any]:
    """What `documents/_files.html` needs."""
    member = viewer(request)
    return {
        "request": request,
        "files": files_of(kind, document_id),
        "has_unified": kinds.unified_content(kind) is not None and member is not None and shows_unified(member),
        "may_regenerate": member is not None and member.may("documents.regenerate"),
        "may_retry": member is not None and member.may("documents.retry"),
    }


def shows_unified(member: Viewer) -> bool:
    """Whether the marketplace shows charges and credits of an invoice together."""
    return bool(member.marketplace.settings.unified_invoice)


@register.inclusion_tag("documents/_files.html", takes_context=True)
def document_files(context: Context, kind: str, document_id: int) -> dict[str, Any]:
    """Two queries; shows nothing of whether the member may download, so ask that before."""
    return {**block_context(context["request"], kind, document_id), "csrf_token": context.get("csrf_token")}
