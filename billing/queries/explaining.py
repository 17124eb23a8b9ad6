"""How the lines of documents that billing made were worked out, in sentences."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from billing.models import Charge, Credit
from billing.rating.explaining import sentences
from creditmemos.models import CreditMemoLine
from invoices.models import InvoiceLine


def explain(lines: Sequence[InvoiceLine], currency: str) -> None:
    """Give each invoice line its ``how``: the sentences of its charge, or of the credits on a line below zero."""
    _attach(lines, Charge.objects.filter(invoice_line__in=lines).values_list("invoice_line_id", "how"), currency)
    below = [line for line in lines if line.net < 0]
    if below:
        _attach(below, Credit.objects.filter(invoice_line__in=below).values_list("invoice_line_id", "how"), currency)


def explain_credits(lines: Sequence[CreditMemoLine], currency: str) -> None:
    """Give each memo line its ``how``: the sentences of the credits that it holds."""
    rows = Credit.objects.filter(memo_line__in=lines).order_by("pk")
    _attach(lines, rows.values_list("memo_line_id", "how"), currency)


def _attach(lines: Sequence[Any], rows: Any, currency: str) -> None:
    told: dict[int, list[str]] = defaultdict(list)
    for line, how in rows:
        told[line] += sentences(how, currency)
    for line in lines:
        line.how = told.get(line.pk, [])
