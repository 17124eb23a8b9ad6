"""What a credit memo prints and who may see it, for the documents app."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db.models import Prefetch
from django.utils import timezone

from creditmemos.models import Application, CreditMemo, CreditMemoLine
from documents.domain.kinds import Content, kind_called
from invoices.models import Invoice
from invoices.printing import LATEST, base_content

if TYPE_CHECKING:
    from companies.members import Member


def contents(ids: Sequence[int]) -> dict[int, Content]:
    """Everything printed of each issued memo, from what was frozen then; the reason and the internal note never are."""
    memos = CreditMemo.objects.filter(pk__in=ids, number__isnull=False).select_related("marketplace")
    lines = CreditMemoLine.objects.order_by("position").prefetch_related("taxes")
    return {memo.pk: _content(memo) for memo in memos.prefetch_related(Prefetch("lines", lines))}


def _content(memo: CreditMemo) -> Content:
    found = base_content(memo, [(line, list(line.taxes.all()), 0) for line in memo.lines.all()])
    source = memo.frozen.get("source_invoice")
    if source:
        found["source"] = {"number": source["number"], "date": source["date"]}
    found["note"] = memo.customer_note
    return found


def unified(invoice_id: int) -> Content:
    """An invoice as of now: what its own content says, with the credits used on it that were not taken back."""
    invoice = Invoice.objects.select_related("marketplace").get(pk=invoice_id)
    rows = Application.objects.filter(invoice_id=invoice_id, reverses__isnull=True, reversal__isnull=True)
    used = rows.order_by("created_at", "pk").values_list("memo__number", "posting_date", "amount")
    found = kind_called("invoice").content(invoice_id)
    found["credits"] = [{"number": number or "", "date": str(on), "amount": amount} for number, on, amount in used]
    found["credited"], found["paid"], found["due"] = invoice.credited, invoice.paid, invoice.amount_due
    found["as_of"] = str(invoice.marketplace.today(timezone.now()))
    return found


def visible_among(ids: Sequence[int], member: "Member") -> set[int]:
    """Those whose whole PDF this member may have, in one query."""
    if not member.may("documents.download"):
        return set()
    return set(CreditMemo.objects.visible_to(member).filter(pk__in=ids).values_list("pk", flat=True))


def find(number: str, member: "Member") -> int | None:
    """The id of the issued credit memo with this number that the member sees."""
    return CreditMemo.objects.visible_to(member).filter(number=number).values_list("pk", flat=True).first()


def latest(member: "Member") -> list[str]:
    """The numbers that were issued last."""
    issued = CreditMemo.objects.visible_to(member).filter(number__isnull=False)
    return [number or "" for number in issued.order_by("-pk").values_list("number", flat=True)[:LATEST]]
