"""The invoices that memos credit: told by their lines, however a memo was made (ADR 45)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from creditmemos.domain.adjustments import ADJUSTMENTS
from creditmemos.models import CreditMemo, CreditMemoLine
from invoices.models import Invoice

if TYPE_CHECKING:
    from companies.members import Member


ADJUSTING = Q(purpose__in=ADJUSTMENTS)
"""A filter over memos: those that settle what stays open on their source invoice."""


class Source(NamedTuple):
    """An invoice of which a memo credits lines; number and date are frozen with it."""

    invoice_id: int
    number: str
    issue_date: date


def sources_of(memo_ids: Iterable[int]) -> dict[int, list[Source]]:
    """The sources of each of these memos, by date and number; one query. Ad hoc memos have none.

    A carried balance credits no line: its source is the invoice that it comes out of.
    """
    ids = list(memo_ids)
    lines = CreditMemoLine.objects.filter(memo_id__in=ids, invoice_line__isnull=False)
    carried = CreditMemo.objects.filter(pk__in=ids, source=CreditMemo.Source.CARRIED)
    rows = _told(lines, "memo_id", "invoice_line__invoice").union(_told(carried, "pk", "source_invoice"))
    found: dict[int, list[Source]] = defaultdict(list)
    for memo_id, issued, _sequence, invoice_id, number in sorted(rows) if ids else ():
        found[memo_id].append(Source(invoice_id, number, issued))
    return found


def own_invoices(memos: Iterable[CreditMemo]) -> dict[int, frozenset[int]]:
    """The ids of each memo's siblings and sources, which it serves before others; one query."""
    memos = list(memos)
    sources = sources_of(memo.pk for memo in memos)
    return {memo.pk: own_of(memo, sources.get(memo.pk, ())) for memo in memos}


def own_of(memo: CreditMemo, sources: Iterable[Source]) -> frozenset[int]:
    """The ids of a memo's sibling and of its ``sources``."""
    sibling = [memo.sibling_invoice_id] if memo.sibling_invoice_id else []
    return frozenset([*sibling, *(source.invoice_id for source in sources)])


def crediting(invoice: Invoice, *, vendor_id: int | None = None) -> Q:
    """A filter over memos: those of which ``invoice`` is a source; of one vendor's lines alone, if one is given.

    An adjustment credits no line, but goes with the invoice that it settles.
    """
    lines = CreditMemoLine.objects.filter(memo=OuterRef("pk"), invoice_line__invoice=invoice)
    if vendor_id is not None:
        return Q(Exists(lines.filter(vendor_id=vendor_id)))
    return Q(Exists(lines)) | ((Q(source=CreditMemo.Source.CARRIED) | ADJUSTING) & Q(source_invoice=invoice))


def sources_seen_by(member: "Member", memo: CreditMemo) -> list[Invoice]:
    """The sources of a memo that the member sees too, by date; developers those of own lines. At most one query.

    Of an adjustment, the invoice that it settles.
    """
    if memo.source == CreditMemo.Source.AD_HOC and not memo.is_adjustment:
        return []
    lines = CreditMemoLine.objects.filter(memo=memo, invoice_line__invoice=OuterRef("pk"))
    own = Q(Exists(lines.filter(vendor_id=member.company.pk) if member.is_developer else lines))
    if (memo.source == CreditMemo.Source.CARRIED or memo.is_adjustment) and not member.is_developer:
        own |= Q(pk=memo.source_invoice_id)
    return list(Invoice.objects.visible_to(member).filter(own).only("number").order_by("issue_date", "sequence", "pk"))


def divided_into(memo: CreditMemo, member: "Member") -> list[CreditMemo]:
    """The memos that a voided one was divided into, as far as the member sees them; one query."""
    if memo.voided_at is None:
        return []
    found = CreditMemo.objects.visible_to(member).filter(divided_from=memo, number__isnull=False)
    return list(found.only("number", "divided_from").order_by("sequence", "pk"))


def _told(rows: QuerySet[Any], memo: str, invoice: str) -> QuerySet[Any, Any]:
    """The columns of a source, in the order in which sources stand."""
    columns = ("issue_date", "sequence", "id", "number")
    return rows.order_by().values_list(memo, *(f"{invoice}__{name}" for name in columns))
