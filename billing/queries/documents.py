"""The documents that a run made, by the line that they were made for."""

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Sum

from billing.models import BillingRun, Charge, RunDocument
from creditmemos.models import CreditMemo
from invoices.models import Invoice


def accounts_of(line_ids: Sequence[int]) -> dict[int, set[int]]:
    """The balance accounts of each line's documents."""
    found: dict[int, set[int]] = defaultdict(set)
    rows = RunDocument.objects.filter(line_id__in=line_ids)
    for line, invoiced, credited in rows.values_list("line_id", "invoice__account_id", "memo__account_id"):
        found[line].add(invoiced or credited)
    return found


def due_of(line_ids: Sequence[int]) -> dict[int, int]:
    """What each line's invoices owe now, in minor units."""
    rows = RunDocument.objects.filter(line_id__in=line_ids, invoice__isnull=False).order_by()
    return dict(rows.values("line_id").annotate(due=Sum("invoice__amount_due")).values_list("line_id", "due"))


def run_of(*, invoice: Invoice | None = None, memo: CreditMemo | None = None) -> BillingRun | None:
    """The run that made a document, or the memo that this was divided from; None for what people made."""
    first = first_of(memo) if memo else None
    rows = RunDocument.objects.filter(invoice=invoice) if invoice else RunDocument.objects.filter(memo=first)
    made = rows.select_related("run").first()
    return made.run if made else None


def first_of(memo: CreditMemo) -> CreditMemo:
    """The memo that was divided first, where this was divided from another; else itself."""
    while memo.divided_from is not None:
        memo = memo.divided_from
    return memo


def is_billed_again(invoice: Invoice) -> bool:
    """Whether what a run's invoice billed waits again, or was billed again."""
    return Charge.objects.filter(invoice_line__invoice=invoice, state=Charge.State.RETURNED).exists()
