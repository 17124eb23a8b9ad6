"""What a credit memo prints and who may see it, for the documents app."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from creditmemos.models import CreditMemo, CreditMemoLine
from documents.kinds import Content
from invoices.printing import base_content

if TYPE_CHECKING:
    from companies.members import Member


def contents(ids: Sequence[int]) -> dict[int, Content]:
    """Everything printed of each memo, from what was frozen at issue; the reason and the internal note never are."""
    memos = CreditMemo.objects.filter(pk__in=ids).select_related("marketplace")
    lines = CreditMemoLine.objects.order_by("position").prefetch_related("taxes")
    return {memo.pk: _content(memo) for memo in memos.prefetch_related(Prefetch("lines", lines))}


def _content(memo: CreditMemo) -> Content:
    found = base_content(memo, [(line, list(line.taxes.all()), 0) for line in memo.lines.all()])
    source = memo.frozen.get("source_invoice")
    if source:
        found["source"] = {"number": source["number"], "date": source["date"]}
    found["note"] = memo.customer_note
    return found


def visible(document_id: int, member: "Member") -> bool:
    """Whether this member may have the whole PDF."""
    return member.may("documents.download") and CreditMemo.objects.visible_to(member).filter(pk=document_id).exists()
