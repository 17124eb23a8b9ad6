"""``{% document_files "invoice" invoice.pk is_void=... %}``: an issued document's PDFs, for its page."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context

from companies.members import Member
from documents.domain.kinds import kind_called
from documents.queries.files import files_of
from web.access import viewer

register = template.Library()


def block_context(request: HttpRequest, kind: str, document_id: int, *, is_void: bool | None = None) -> dict[str, Any]:
    """What `documents/_files.html` needs; the block that refreshes itself says in its address that it ``is_void``."""
    member, own = viewer(request), kind_called(kind)
    is_void = "void" in request.GET if is_void is None else is_void
    return {
        "request": request,
        "files": files_of(kind, document_id),
        "is_void": is_void,
        "has_einvoice": own.einvoice_type is not None
        and not is_void,  # The standard can't say that a document is void.
        "has_unified": own.has_unified and member is not None and shows_unified(member),
        "may_regenerate": member is not None and member.may("documents.regenerate"),
        "may_retry": member is not None and member.may("documents.retry"),
    }


def shows_unified(member: Member) -> bool:
    """Whether the marketplace shows charges and credits of an invoice together."""
    return bool(member.marketplace.settings.unified_invoice)


@register.inclusion_tag("documents/_files.html", takes_context=True)
def document_files(context: Context, kind: str, document_id: int, *, is_void: object = False) -> dict[str, Any]:
    """One query; shows nothing of whether the member may download, so ask that before."""
    found = block_context(context["request"], kind, document_id, is_void=bool(is_void))
    return {**found, "csrf_token": context.get("csrf_token")}
