"""``{% deliveries "credit_memo" memo.pk %}``: the block of the mails about a document, for its page."""

from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context

from notifications.domain.kinds import labels
from notifications.queries import deliveries_about
from web.access import viewer

register = template.Library()
MOST = 50


def block_context(request: HttpRequest, kind: str, document_id: int) -> dict[str, Any]:
    """What `notifications/_deliveries.html` needs."""
    member = viewer(request)
    rows = list(deliveries_about(kind, document_id, member.marketplace.pk)[:MOST]) if member is not None else []
    names = labels()
    waiting = {"queued", "retrying"}
    return {
        "request": request,
        "kind": kind,
        "document_id": document_id,
        "rows": [(row, names.get(row.kind, row.kind), row.state in waiting) for row in rows],
        "is_waiting": any(row.state == "queued" for row in rows),
        "may_retry": member is not None and member.may("documents.retry"),
    }


@register.inclusion_tag("notifications/_deliveries.html", takes_context=True)
def deliveries(context: Context, kind: str, document_id: int) -> dict[str, Any]:
    """One query; shows addresses, so ask first whether the member may see them."""
    return {**block_context(context["request"], kind, document_id), "csrf_token": context.get("csrf_token")}
