"""How much of a payment may still go back, and how much of it bears the payout of a credit memo."""

from collections.abc import Collection

from django.db.models import F, QuerySet, Sum

from creditmemos.models import CreditMemo
from creditmemos.queries.sources import sources_of
from invoices.models import Invoice
from payments.models import Allocation, Payment, Refund


def left_of(payment: Payment) -> int:
    """What of a payment was neither taken nor sent back, minor units; what is on its way counts as sent (I21)."""
    sent = Refund.objects.live().filter(payment=payment).aggregate(sum=Sum("amount"))["sum"]
    return payment.amount - payment.returned - int(sent or 0)


def source_ids(memo: CreditMemo) -> list[int]:
    """The ids of the invoices that a memo credits."""
    return [source.invoice_id for source in sources_of([memo.pk])[memo.pk]]


def paid_less_sent(memo: CreditMemo, sources: Collection[int]) -> int:
    """What money paid of a memo's sources, beside what other memos of theirs sent back, minor units."""
    paid = Invoice.objects.filter(pk__in=sources).aggregate(sum=Sum("paid"))["sum"] or 0
    others = _crediting(sources).exclude(pk=memo.pk)
    sent = sum(other.paid_out + other.payout_pending for other in others.only("paid_out", "payout_pending"))
    return int(paid) - sent


def most_borne(memo: CreditMemo, payment: Payment) -> int:
    """What of a memo one payment may bear, minor units: what it holds on the memo's sources and was not sent back.

    At most what money paid of them at all, less what memos of theirs sent back.
    """
    sources = source_ids(memo)
    held = Allocation.objects.filter(payment=payment, invoice_id__in=sources).aggregate(sum=Sum("amount"))["sum"]
    borne = Refund.objects.live().filter(payment=payment, memo__in=_crediting(sources).values("pk"))
    sent = borne.aggregate(sum=Sum("amount"))["sum"]
    return max(min(int(held or 0) - int(sent or 0), left_of(payment), paid_less_sent(memo, sources)), 0)


def left_to_send(account_id: int) -> int:
    """What an account paid, less what was taken or sent back, minor units; what is on its way counts as sent."""
    paid = Payment.objects.filter(account_id=account_id).aggregate(sum=Sum(F("amount") - F("returned")))["sum"]
    sent = Refund.objects.live().filter(account_id=account_id).aggregate(sum=Sum("amount"))["sum"]
    return int(paid or 0) - int(sent or 0)


def _crediting(sources: Collection[int]) -> QuerySet[CreditMemo]:
    return CreditMemo.objects.filter(lines__invoice_line__invoice_id__in=sources).distinct()
