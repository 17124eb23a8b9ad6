"""What the billing dashboard shows: a fixed number of statements, each by an index."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncMonth

from billing.models import BillingEvent, BillingException, BillingRun, RunLine
from creditmemos.domain.balance import OPEN
from creditmemos.models import Application, CreditMemo
from documents.models import DocumentJob
from notifications.models import Delivery
from subscriptions.periods import DAY

MONTHS = 12
MOST = 10
AGES = ((0, 30), (31, 60), (61, 90), (91, 180), (181, None))
"""Days since issue: from, to."""


@dataclass(frozen=True, slots=True)
class Month:
    """What happened to credit in a month, in minor units; ``outstanding`` is what was left at its end."""

    first: date
    issued: int
    applied: int
    written_off: int
    outstanding: int


@dataclass(frozen=True, slots=True)
class Age:
    """Unused credit by age: days since issue, and minor units."""

    first: int
    last: int | None
    amount: int


def months_back(today: date, count: int = MONTHS) -> list[date]:
    """The first days of the last months, the running one last."""
    found = [today.replace(day=1)]
    while len(found) < count:
        found.append((found[-1] - DAY).replace(day=1))
    return found[::-1]


def credit_by_month(marketplace_id: int, today: date) -> list[Month]:
    """Credit issued, applied and written off each month, and what was outstanding after it."""
    firsts = months_back(today)
    inside = CreditMemo.objects.filter(marketplace_id=marketplace_id, number__isnull=False)
    issued = _monthly(inside.filter(document_date__gte=firsts[0], voided_at__isnull=True), "document_date", "total")
    closed = _monthly(inside.filter(written_off__gt=0, closed_at__date__gte=firsts[0]), "closed_at", "written_off")
    rows = Application.objects.filter(marketplace_id=marketplace_id, posting_date__gte=firsts[0])
    applied = _monthly(rows, "posting_date", "amount")
    left = inside.filter(status__in=OPEN).aggregate(left=Sum("balance"))["left"] or 0
    found = []
    for first in reversed(firsts):
        found.append(Month(first, issued.get(first, 0), applied.get(first, 0), closed.get(first, 0), int(left)))
        left -= issued.get(first, 0) - applied.get(first, 0) - closed.get(first, 0)
    return found[::-1]


def _monthly(rows: Any, day: str, amount: str) -> dict[date, int]:
    grouped = rows.order_by().annotate(month=TruncMonth(day)).values("month").annotate(sum=Sum(amount))
    return {
        (month.date() if hasattr(month, "date") else month): int(total)
        for month, total in grouped.values_list("month", "sum")
    }


def credit_by_age(marketplace_id: int, today: date) -> list[Age]:
    """Unused credit by the days since it was issued."""
    rows = CreditMemo.objects.filter(marketplace_id=marketplace_id, status__in=OPEN)
    sums = {}
    for first, last in AGES:
        span = Q(issue_date__lte=today - first * DAY)
        if last is not None:
            span &= Q(issue_date__gte=today - last * DAY)
        sums[f"from_{first}"] = Sum("balance", filter=span)
    found = rows.aggregate(**sums)
    return [Age(first, last, int(found[f"from_{first}"] or 0)) for first, last in AGES]


def failures(marketplace_id: int) -> dict[str, Any]:
    """Failed events, PDFs and mails: how many, and the latest of each."""
    events = BillingEvent.objects.filter(marketplace_id=marketplace_id).failed()
    pdfs = DocumentJob.objects.filter(marketplace_id=marketplace_id, state="failed")
    mails = Delivery.objects.filter(marketplace_id=marketplace_id, state="failed")
    return {
        "event_count": events.count(),
        "events": events.select_related("company").order_by("-pk")[:MOST],
        "pdf_count": pdfs.count(),
        "pdfs": pdfs.order_by("-updated_at")[:MOST],
        "mail_count": mails.count(),
        "mails": mails.order_by("-created_at")[:MOST],
    }


def unseen(marketplace_id: int) -> Any:
    """Billing exceptions that nobody has looked at, the latest first."""
    rows = BillingException.objects.filter(marketplace_id=marketplace_id, seen_at__isnull=True)
    return rows.select_related("account__payer", "event", "charge__invoice_line__invoice", "invoice", "memo").order_by(
        "-pk"
    )[:MOST]


def open_runs(marketplace_id: int) -> list[BillingRun]:
    """Runs that go on, with ``count_settled`` of their payers."""
    rows = BillingRun.objects.filter(marketplace_id=marketplace_id, finished_at__isnull=True).order_by("-pk")
    settled = Q(lines__state__in=[RunLine.State.DONE, RunLine.State.FAILED])
    return list(rows.annotate(count_settled=Count("lines", filter=settled))[:MOST])
