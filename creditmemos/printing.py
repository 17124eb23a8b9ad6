"""What a credit memo prints and who may see it, for the documents app."""

from typing import TYPE_CHECKING

from creditmemos.models import CreditMemo, CreditMemoLine
from documents.kinds import Content
from invoices.printing import base_content

if TYPE_CHECKING:
    from companies.members import Member


def content(document_id: int) -> Content:
    """Everything printed, from what was frozen at issue; the reason and the internal note never are."""
    memo = CreditMemo.objects.select_related("marketplace").get(pk=document_id)
    lines = list(CreditMemoLine.objects.filter(memo=memo).prefetch_related("taxes").order_by("position"))
    found = base_content(memo, [(line, list(line.taxes.all()), 0) for line in lines])
    source = memo.frozen.get("source_invoice")
    if source:
        found["source"] = {"number": source["number"], "date": source["date"]}
    found["note"] = memo.customer_note
    return found


def visible(document_id: int, member: "Member") -> bool:
    """Whether this member may have the whole PDF."""
    return member.may("documents.download") and CreditMemo.objects.visible_to(member).filter(pk=document_id).exists()
