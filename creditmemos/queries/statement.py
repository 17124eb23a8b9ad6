"""The statement of a balance account: every posting on it with the running balance, straight from the journal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import OuterRef, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditmemos.models import CreditMemo
from invoices.models import Invoice
from ledger.domain.kinds import Account
from ledger.models import BalanceAccount, JournalEntry

EVERYTHING = 500
"""Postings read at once for a file."""
NAMED = 3
"""Documents of one kind that a row names; the rest are counted."""

VERBS: dict[str, str | Promise] = {
    "invoice.issue": _("Invoice"),
    "invoice.void": _("Invoice voided"),
    "creditmemo.issue": _("Credit memo"),
    "creditmemo.void": _("Credit memo voided"),
    "creditmemo.apply": _("Credit applied"),
    "invoice.carry": _("Balance carried over"),
    "creditmemo.reverse": _("Application reversed"),
    "creditmemo.close": _("Credit written off"),
    "creditmemo.reopen": _("Credit reopened"),
}

# One row for each transaction, whose entries on the account always share a posting date. The window adds their sums
# up in the account's own order; entries of two transactions may lie interleaved, their sums never do.
_ROWS = """
SELECT transaction_id, posting_date, first, change, balance FROM (
    SELECT transaction_id, posting_date, MIN(id) AS first, SUM(amount) AS change,
           SUM(SUM(amount)) OVER (ORDER BY posting_date, MIN(id)) AS balance
    FROM ledger_journalentry WHERE balance_account_id = %s AND posting_date <= %s
    GROUP BY transaction_id, posting_date
) postings WHERE posting_date >= %s ORDER BY posting_date, first LIMIT %s OFFSET %s
"""
_COUNT = """
SELECT COUNT(CASE WHEN posting_date >= %s THEN 1 END),
       COALESCE(SUM(CASE WHEN posting_date < %s THEN change END), 0),
       COALESCE(SUM(CASE WHEN posting_date >= %s AND change > 0 THEN change END), 0),
       COALESCE(SUM(CASE WHEN posting_date >= %s AND change < 0 THEN -change END), 0)
FROM (
    SELECT posting_date, SUM(amount) AS change
    FROM ledger_journalentry WHERE balance_account_id = %s AND posting_date <= %s
    GROUP BY transaction_id, posting_date
) postings
"""


@dataclass(frozen=True, slots=True)
class Named:
    """A document that a posting is about."""

    pk: int
    number: str


@dataclass(slots=True)
class StatementRow:
    """One posting; minor units. ``debit`` raises what is owed and ``credit`` lowers it; ``applied`` moves credit to
    invoices and changes nothing in sum, negative when it is taken back.
    """

    verb: str
    day: date
    at: datetime
    currency: str
    change: int
    balance: int
    applied: int = 0
    invoices: list[Named] = field(default_factory=list)
    memos: list[Named] = field(default_factory=list)

    @property
    def label(self) -> str | Promise:
        """What happened, in words."""
        return VERBS.get(self.verb, self.verb)

    @property
    def debit(self) -> int:
        """What is owed more."""
        return max(self.change, 0)

    @property
    def credit(self) -> int:
        """What is owed less."""
        return max(-self.change, 0)

    @property
    def documents(self) -> str:
        """All numbers, for files."""
        return ", ".join(each.number for each in [*self.memos, *self.invoices])

    @property
    def more(self) -> int:
        """Documents beyond those that a page names."""
        return max(0, len(self.invoices) - NAMED) + max(0, len(self.memos) - NAMED)


@dataclass(frozen=True, slots=True)
class Extent:
    """A statement as a whole, in minor units: its postings, the balance before them, and their debits and credits."""

    count: int
    opening: int
    debit: int
    credit: int

    @property
    def closing(self) -> int:
        """The balance after them."""
        return self.opening + self.debit - self.credit


def extent_of(account: BalanceAccount, *, start: date, end: date) -> Extent:
    """How long the statement from ``start`` to ``end`` is, both days included; one statement by the account's index."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [start, start, start, start, account.pk, end])
        count, *sums = cursor.fetchone()
    return Extent(count, *map(int, sums))


def statement_rows(account: BalanceAccount, *, start: date, end: date, size: int, skip: int = 0) -> list[StatementRow]:
    """``size`` postings of the statement after the first ``skip``, oldest first; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [account.pk, end, start, size, skip])
        found = cursor.fetchall()
    entries = _entries(account, [row[0] for row in found])
    rows = []
    for transaction_id, _day, _first, change, balance in found:
        own = entries[_uuid(transaction_id)]
        header = own[0].transaction
        rows.append(
            StatementRow(
                verb=header.verb,
                day=header.posting_date,
                at=header.created_at,
                currency=account.currency,
                change=int(change),
                balance=int(balance),
                applied=_applied(own),
                invoices=_named((entry.invoice_id, entry.invoice_number) for entry in own),
                memos=_named((entry.memo_id, entry.memo_number) for entry in own),
            )
        )
    return rows


def whole_statement(account: BalanceAccount, *, start: date, end: date) -> Iterator[StatementRow]:
    """Every posting, read in batches, for a file."""
    skip = 0
    while rows := statement_rows(account, start=start, end=end, size=EVERYTHING, skip=skip):
        yield from rows
        skip += len(rows)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _entries(account: BalanceAccount, transactions: list[Any]) -> dict[UUID, list[Any]]:
    """The entries of these transactions on the account, each with the number of the document that it names."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    rows = JournalEntry.objects.filter(transaction_id__in=transactions, balance_account_id=account.pk).annotate(
        invoice_number=Subquery(Invoice.objects.filter(pk=OuterRef("invoice_id")).values("number")),
        memo_number=Subquery(CreditMemo.objects.filter(pk=OuterRef("memo_id")).values("number")),
    )
    for entry in rows.select_related("transaction").order_by("pk"):
        found[entry.transaction_id].append(entry)
    return found


def _applied(entries: Iterable[JournalEntry]) -> int:
    """What moved between credit and debt: the receivable's side of a posting that has both."""
    entries = list(entries)
    if not any(entry.account == Account.CUSTOMER_CREDIT for entry in entries):
        return 0
    return -sum(entry.amount for entry in entries if entry.account == Account.RECEIVABLE)


def _named(documents: Iterable[tuple[int | None, str]]) -> list[Named]:
    return [Named(pk, number) for pk, number in dict.fromkeys(documents) if pk is not None]
