"""``{% document_notes "invoice" invoice.pk %}``: what the marketplace's own people noted about a document."""

from typing import Any

from django import template
from django.template.context import Context

from documents.operations.notes import PERMISSION
from documents.queries.notes import notes_of
from web.access import viewer

register = template.Library()


@register.inclusion_tag("documents/_notes.html", takes_context=True)
def document_notes(context: Context, kind: str, document_id: int) -> dict[str, Any]:
    """One query; nothing at all for who may not read notes."""
    member = viewer(context["request"])
    if member is None or not member.may(PERMISSION):
        return {"may_note": False}
    notes = notes_of(member.marketplace.pk, kind, document_id)
    return {"may_note": True, "notes": notes, "kind": kind, "document_id": document_id}
