"""What happened to a subscription, told in one line of time: what was agreed, charged and credited."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from billing.models import BillingEvent, Charge, Credit
from billing.rating.explaining import REASONS, sentences
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from subscriptions.models import Subscription, SubscriptionTerms

MOST = 300
"""Charges, and credits, that are told; the latest."""


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One thing that happened. ``net`` and ``tax`` are minor units, credits below zero; ``how`` are sentences."""

    day: date
    rank: int
    icon: str
    title: str
    note: str = ""
    first: date | None = None
    last: date | None = None
    invoice: Invoice | None = None
    memo: CreditMemo | None = None
    net: int | None = None
    tax: int = 0
    how: list[str] = field(default_factory=list)


def history_of(subscription: Subscription, member: Any) -> list[HistoryEntry]:
    """Everything of a subscription that the member may see, the latest first."""
    found = [*_agreed(subscription), *_charged(subscription, member), *_credited(subscription, member)]
    if member.is_staff_side:
        found += _unbilled(subscription)
    return sorted(found, key=lambda each: (each.day, each.rank), reverse=True)


def _agreed(subscription: Subscription) -> Iterator[HistoryEntry]:
    kinds = dict(SubscriptionTerms.Kind.choices)
    icons = {"purchase": "plus-circle", "upgrade": "arrow-up", "downgrade": "arrow-down"}
    for terms in subscription.terms.select_related("plan__edition", "agreed_by"):
        title = _("%(kind)s: %(quantity)s of %(plan)s") % {
            "kind": kinds[terms.kind], "quantity": f"{terms.quantity.normalize():f}",
            "plan": f"{terms.plan.edition}, {terms.plan}",
        }  # fmt: skip
        by = str(terms.agreed_by) if terms.agreed_by else ""
        yield HistoryEntry(terms.day, 1, icons[terms.kind], title, note=" · ".join(filter(None, (by, terms.note))))
    if subscription.cancelled_on:
        title = _("Cancelled, with credit for unused days") if subscription.partial_credit else _("Cancelled")
        yield HistoryEntry(subscription.cancelled_on, 1, "slash-circle", title, note=subscription.cancel_reason)


def _charged(subscription: Subscription, member: Any) -> Iterator[HistoryEntry]:
    rows = Charge.objects.filter(
        subscription=subscription, invoice_line__invoice__in=Invoice.objects.visible_to(member).values("pk")
    )
    for row in rows.select_related("invoice_line__invoice").order_by("-pk")[:MOST]:
        line, invoice = row.invoice_line, row.invoice_line.invoice
        day = invoice.issue_date or invoice.document_date
        yield HistoryEntry(
            day, 2, "receipt", _("Charged"), first=line.period_from, last=line.period_to, invoice=invoice, net=line.net,
            tax=line.tax, how=sentences(row.how, invoice.currency),
        )  # fmt: skip


def _credited(subscription: Subscription, member: Any) -> Iterator[HistoryEntry]:
    rows = Credit.objects.filter(
        subscription=subscription, memo_line__memo__in=CreditMemo.objects.visible_to(member).values("pk")
    )
    for row in rows.select_related("memo_line__memo").order_by("-pk")[:MOST]:
        if row.memo_line is None:
            continue
        line, memo = row.memo_line, row.memo_line.memo
        day = memo.issue_date or memo.document_date
        yield HistoryEntry(
            day, 3, "file-earmark-minus", _("Credited"), first=line.period_from, last=line.period_to, memo=memo,
            net=-row.net, tax=-row.tax, how=sentences(row.how, memo.currency),
        )  # fmt: skip


def _unbilled(subscription: Subscription) -> Iterator[HistoryEntry]:
    """Events that wait for a run, or that nobody could bill."""
    open_ones = BillingEvent.objects.filter(subscription=subscription).exclude(status=BillingEvent.Status.BILLED)
    kinds, states = dict(BillingEvent.Kind.choices), dict(BillingEvent.Status.choices)
    for row in open_ones.order_by("-pk")[:MOST]:
        title = f"{kinds[row.kind]}: {states[row.status]}"
        yield HistoryEntry(row.day, 0, "hourglass-split", title, note=str(REASONS.get(row.reason, row.reason)))
