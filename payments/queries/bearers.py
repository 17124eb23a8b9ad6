"""Which payments can bear what is paid back of an invoice, and why others can't."""

from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from creditmemos.domain.balance import UNISSUED, VOIDED
from creditmemos.models import CreditMemo, CreditMemoLine
from invoices.models import Invoice
from payments.models import Allocation, Payment, Refund


@dataclass(frozen=True, slots=True)
class Bearer:
    """A payment of an invoice: what the invoice has of it, and what went back of that; minor units."""

    payment: Payment
    used: int
    sent: int

    @property
    def room(self) -> int:
        """What it can bear."""
        return max(self.used - self.sent, 0)

    @property
    def why_not(self) -> str:
        """Why it bears nothing, in words; empty where it can."""
        if self.room:
            return ""
        if self.payment.settled_at is None:
            return _("It has not arrived.")
        return _("All of it was paid back.") if self.used else _("The invoice has nothing of it any more.")


def bearers_of(invoice: Invoice) -> list[Bearer]:
    """The payments that were meant for or used on an invoice, the first value date first; one query."""
    refunds = Refund.objects.live().filter(payment_id=OuterRef("pk"), memo__isnull=False)
    own = Allocation.objects.filter(payment_id=OuterRef("pk"), invoice_id=invoice.pk)
    meant = Q(intended__invoice_id=invoice.pk, settled_at__isnull=True, failed_at__isnull=True)
    rows: QuerySet[Any] = Payment.objects.filter(
        Q(pk__in=Allocation.objects.filter(invoice_id=invoice.pk).values("payment_id")) | meant
    )
    rows = rows.distinct().annotate(
        used_here=_sum(own),
        sent_here=_sum(refunds.filter(memo_id__in=_memos_crediting(invoice).values("pk"))),
        sent_at_all=_sum(refunds),
    )
    return [
        Bearer(row, row.used_here, _gone(row.used_here, row.sent_here, row.allocated - row.sent_at_all))
        for row in rows.order_by("value_date", "pk")
    ]


def _gone(used: int, sent: int, holds: int) -> int:
    """What went back of what the invoice has: by memos that credit it, and what its payment no longer holds."""
    return max(sent, used - max(holds, 0))


def money_left(invoice: Invoice) -> int:
    """What was paid of an invoice, less what memos that credit it sent back or are about to; minor units."""
    memos = _memos_crediting(invoice).only("paid_out", "payout_pending")
    return invoice.paid - sum(memo.paid_out + memo.payout_pending for memo in memos)


def _memos_crediting(invoice: Invoice) -> QuerySet[CreditMemo]:
    lines = CreditMemoLine.objects.filter(invoice_line__invoice_id=invoice.pk)
    return CreditMemo.objects.exclude(status__in=[*UNISSUED, VOIDED]).filter(pk__in=lines.values("memo_id"))


def _sum(rows: QuerySet[Any]) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("payment_id").annotate(sum=Sum("amount")).values("sum")), 0)
