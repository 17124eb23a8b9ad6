"""The invoices of an account that money may be used on, in the policy's order."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Count, F, QuerySet, Sum

from core.search_keys import key_holds
from creditmemos.queries.desk import HEAVY, in_order
from invoices.domain.balance import PENDING, UNPAID
from invoices.models import Invoice
from ledger.models import BalanceAccount

MOST_ROWS, POOL = 40, 200
"""Rows of a desk, and open invoices that *fill* looks at."""


def open_invoices(account: BalanceAccount, *, find: str = "") -> QuerySet[Invoice]:
    """Those that owe more than payments on their way will pay; ``find`` narrows them to the numbers that hold it."""
    found = Invoice.objects.filter(
        account_id=account.pk, status__in=(UNPAID, PENDING), amount_due__gt=F("payment_pending")
    )
    return found.filter(key_holds(find)) if find else found


class BeingPaid(NamedTuple):
    """Invoices that owe nothing but what payments on their way will pay: how many, and what is due, in minor units."""

    invoices: int
    due: int


def being_paid(account: BalanceAccount) -> BeingPaid:
    """What an account owes beside its open invoices, as pending payments are meant for it; one query."""
    rows = Invoice.objects.filter(account_id=account.pk, status__in=(UNPAID, PENDING), payment_pending__gt=0)
    found = rows.filter(amount_due__lte=F("payment_pending")).aggregate(count=Count("pk"), due=Sum("amount_due"))
    return BeingPaid(found["count"], found["due"] or 0)


def on_the_desk(
    account: BalanceAccount, *, named: Iterable[int], order: str, find: str = ""
) -> tuple[list[Invoice], int]:
    """The rows, and how many open invoices there are beside them; those ``named`` by id always stand on it, first."""
    wanted = set(named)
    first = Invoice.objects.filter(account_id=account.pk, number__isnull=False, pk__in=wanted).defer(*HEAVY)
    kept = list(first.order_by("due_date", "sequence", "pk")) if wanted else []
    pool = in_order(open_invoices(account, find=find), order, most=POOL)
    others = [invoice for invoice in pool if invoice.pk not in wanted]
    rows = [*kept, *others[: max(0, MOST_ROWS - len(kept))]]
    return rows, len(kept) + len(others) - len(rows)
