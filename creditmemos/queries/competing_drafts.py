"""Other drafts that would credit the same lines: a draft reserves nothing, so whoever issues first wins."""

from collections.abc import Iterable
from dataclasses import dataclass

from companies.queries.people import name_at
from creditmemos.domain.balance import DRAFTS
from creditmemos.models import CreditMemo, CreditMemoLine
from invoices.models import Invoice


@dataclass(frozen=True, slots=True)
class CompetingDraft:
    """A draft, the lines of the invoice that it would credit, who made it, and what it would credit (minor units)."""

    memo: CreditMemo
    lines: list[CreditMemoLine]
    made_by: str

    @property
    def amount(self) -> int:
        """Net and tax of those lines."""
        return sum(line.gross for line in self.lines)


def drafts_on(invoice: Invoice, *, besides: Iterable[int] = ()) -> list[CompetingDraft]:
    """Drafts, rejected and waiting ones too, that credit lines of this invoice; one query."""
    rows = (
        CreditMemoLine.objects.filter(invoice_line__invoice=invoice, memo__status__in=DRAFTS)
        .exclude(memo_id__in=list(besides))
        .select_related("memo")
        .annotate(made_by=name_at("memo__created_by_id", "memo__created_at", "memo__marketplace_id"))
        .order_by("memo_id", "position")
    )
    found: dict[int, CompetingDraft] = {}
    for row in rows:
        found.setdefault(row.memo_id, CompetingDraft(row.memo, [], row.made_by)).lines.append(row)
    return list(found.values())
