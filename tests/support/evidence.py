"""What the activities of documents must say: each application and reversal once, on both its sides."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from creditmemos.models import Application, CreditMemo
from creditmemos.queries.evidence import Told, told_of_invoice, told_of_memo
from invoices.models import Invoice
from payments.models import Allocation
from payments.queries.evidence import money_told_of_invoice


def assert_told_from_both_sides() -> None:
    """The activity of every memo names each of its applications by invoice and amount, that of every invoice by memo."""
    moved = list(Application.objects.select_related("memo", "invoice"))
    for memo in CreditMemo.objects.filter(number__isnull=False):
        own = Counter((row.invoice.number, row.amount) for row in moved if row.memo_id == memo.pk)
        assert Counter((part["invoice"], part["amount"]) for part in _parts(told_of_memo(memo))) == own
    for invoice in Invoice.objects.filter(number__isnull=False):
        own = Counter((row.memo.number, row.amount) for row in moved if row.invoice_id == invoice.pk)
        assert Counter((part["memo"], part["amount"]) for part in _parts(told_of_invoice(invoice))) == own


def assert_money_told_of_invoices() -> None:
    """The activity of every invoice names each allocation and reversal once, with its payment and its own amount."""
    moved = list(Allocation.objects.select_related("payment"))
    for invoice in Invoice.objects.filter(number__isnull=False):
        own = Counter((str(row.payment), row.amount) for row in moved if row.invoice_id == invoice.pk)
        told = [
            (each.other, part["amount"])
            for each in money_told_of_invoice(invoice)
            for part in each.entry.after["allocations"]
        ]
        assert Counter(told) == own


def _parts(told: Iterable[Told]) -> Iterable[dict[str, Any]]:
    return (part for each in told for part in each.entry.after.get("applications", []))
