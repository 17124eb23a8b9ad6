"""Aging of what a balance account owes, by one statement."""

from datetime import date

from django.db.models import Case, CharField, Count, Sum, Value, When

from invoices.domain.aging import BUCKETS, EDGES, NOT_DUE, Aging, latest_due_dates
from invoices.models import Invoice


def aging_of(account_id: int, today: date) -> Aging:
    """What the account's unpaid invoices owe by bucket, in minor units; ``today`` is the marketplace's day."""
    latest = latest_due_dates(today)
    bucket = Case(
        *(When(due_date__lte=latest[name], then=Value(name)) for name, _days in reversed(EDGES)),
        default=Value(NOT_DUE),
        output_field=CharField(),
    )
    rows = (
        Invoice.objects.filter(account_id=account_id)
        .unpaid()
        .annotate(bucket=bucket)
        .values("bucket")
        .annotate(due=Sum("amount_due"), invoices=Count("pk"))
        .order_by()
    )
    found = {row["bucket"]: row for row in rows}
    return Aging(
        {name: int(found[name]["due"]) if name in found else 0 for name in BUCKETS},
        sum(row["invoices"] for row in found.values()),
    )
