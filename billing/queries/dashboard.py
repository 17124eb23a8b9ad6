"""What the billing dashboard shows: a fixed number of statements, each by an index."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from operator import attrgetter
from typing import Any

from django.db.models import Count, F, Q, Sum, Window
from django.db.models.functions import TruncMonth

from billing.models import BillingEvent, BillingException, BillingRun, RunLine
from creditmemos.domain.balance import OPEN
from creditmemos.models import CreditMemo
from documents.models import DocumentJob
from ledger.domain.kinds import Account
from ledger.models import JournalEntry
from notifications.models import Delivery
from subscriptions.periods import DAY

MONTHS = 12
MOST = 10
AGES = ((0, 30), (31, 60), (61, 90), (91, 180), (181, None))
"""Days since issue: from, to."""


CREDIT_VERBS = {
    "creditmemo.issue": "issued",
    "creditmemo.void": "voided",
    "creditmemo.apply": "applied",
    "creditmemo.reverse": "applied",
    "creditmemo.close": "written_off",
    "creditmemo.reopen": "written_off",
    "refund.sent": "paid_out",
    "refund.returned": "paid_out",
}
"""What each verb of the journal that moves credit counts as; what mirrors another takes its figure back."""


@dataclass(slots=True)
class Month:
    """What was posted about credit in a month, in minor units; ``outstanding`` is what was left at its end.

    ``outstanding`` is that of the month before, plus issued, less voided, applied, paid out and written off.
    """

    first: date
    issued: int = 0
    voided: int = 0
    applied: int = 0
    paid_out: int = 0
    written_off: int = 0
    outstanding: int = 0

    @property
    def figures(self) -> tuple[int, ...]:
        """What the chart stacks, in its order."""
        return self.issued, self.applied, self.paid_out, self.written_off, self.voided

    @property
    def change(self) -> int:
        """How much more credit there was at the month's end than at its beginning."""
        return self.issued - self.voided - self.applied - self.paid_out - self.written_off


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
    """What the journal says of credit, month by month, by the days of its postings: a month that is over stays.

    What is outstanding is worked out backwards from today's balances, which equal the journal (I14).
    """
    months = {first: Month(first) for first in months_back(today)}
    for first, verb, amount in _posted(marketplace_id, min(months)):
        figure = CREDIT_VERBS[verb]
        more = -amount if figure == "issued" else amount
        setattr(months[first], figure, getattr(months[first], figure) + more)
    found = CreditMemo.objects.filter(marketplace_id=marketplace_id, status__in=OPEN).aggregate(left=Sum("balance"))
    left = int(found["left"] or 0)
    for month in sorted(months.values(), key=attrgetter("first"), reverse=True):
        month.outstanding = left
        left -= month.change
    return list(months.values())


def _posted(marketplace_id: int, since: date) -> Iterator[tuple[date, str, int]]:
    """The sums of credit's postings since a day, by month and verb; credit issued is below zero."""
    entries = JournalEntry.objects.filter(
        account=Account.CUSTOMER_CREDIT,
        posting_date__gte=since,
        transaction__marketplace_id=marketplace_id,
        transaction__posting_date__gte=since,
    )
    sums = entries.order_by().values(month=TruncMonth("posting_date"), verb=F("transaction__verb"))
    for row in sums.annotate(sum=Sum("amount")):
        yield row["month"], row["verb"], int(row["sum"])


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
    """Failed events, PDFs and mails: how many, and the latest of each; three statements."""
    events = BillingEvent.objects.filter(marketplace_id=marketplace_id).failed()
    pdfs = DocumentJob.objects.filter(marketplace_id=marketplace_id, state="failed")
    mails = Delivery.objects.filter(marketplace_id=marketplace_id, state="failed")
    found: dict[str, Any] = {}
    for name, rows in (
        ("event", events.select_related("company").order_by("-pk")),
        ("pdf", pdfs.order_by("-updated_at")),
        ("mail", mails.order_by("-created_at")),
    ):
        latest: list[Any] = list(rows.annotate(in_all=Window(Count("pk")))[:MOST])
        found |= {f"{name}s": latest, f"{name}_count": latest[0].in_all if latest else 0}
    return found


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
