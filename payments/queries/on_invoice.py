"""The money on an invoice: what payments gave and took back, and what is meant for it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, OuterRef

from companies.queries.people import name_at
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from payments.domain.states import PENDING
from payments.models import Allocation, Intended, Refund


@dataclass(frozen=True, slots=True)
class Money:
    """An allocation, or its reversal; ``is_live``: the money is still on the invoice."""

    allocation: Allocation
    is_live: bool


def money_on(invoice: Invoice) -> list[Money]:
    """Everything that payments gave to the invoice and took back, oldest first; one query."""
    rows = Allocation.objects.filter(invoice_id=invoice.pk).select_related("payment")
    rows = rows.annotate(who=name_at("actor_id", "created_at")).order_by("created_at", "pk")
    found = list(rows)
    undone = {row.reverses_id for row in found if row.reverses_id}
    return [Money(row, row.reverses_id is None and row.pk not in undone) for row in found]


def has_money() -> Exists:
    """As an annotation of invoices: whether a payment ever gave them anything."""
    return Exists(Allocation.objects.filter(invoice_id=OuterRef("pk")))


def sent_back(memos: Iterable[CreditMemo]) -> list[Refund]:
    """What went back, or is on its way, of memos that credit an invoice, oldest first; no query where nothing is."""
    ids = [memo.pk for memo in memos if memo.paid_out or memo.payout_pending]
    rows = Refund.objects.live().filter(memo_id__in=ids).select_related("memo").defer("memo__frozen")
    return list(rows.order_by("pk")) if ids else []


def waiting_for(invoice: Invoice) -> list[Intended]:
    """What pending payments will bring, by the payments' age; no query where none will."""
    if not invoice.payment_pending:
        return []
    rows = Intended.objects.filter(invoice_id=invoice.pk, payment__status=PENDING)
    return list(rows.select_related("payment__method").order_by("pk"))
