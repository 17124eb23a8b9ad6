"""The statement of a balance account: every posting on it with the running balance, straight from the journal."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import BigIntegerField, DateField, OuterRef, Q, Subquery, Value
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from creditmemos.domain.adjustments import ORDINARY, SMALL_DIFFERENCE, UNCOLLECTIBLE
from creditmemos.domain.wording import FOR_CUSTOMERS
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from ledger.domain.kinds import Account
from ledger.domain.naming import payment_name
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
    "payment.received": _("Payment"),
    "payment.allocated": _("Money on account used"),
    "payment.taken_off": _("Payment taken off"),
    "payment.returned": _("Payment returned"),
    "payment.unreturned": _("Return undone"),
    "payment.kept": _("Surplus kept"),
    "refund.sent": _("Refund"),
    "refund.returned": _("Refund returned"),
}
ADJUSTED: dict[tuple[str, str], str | Promise] = {
    ("creditmemo.issue", SMALL_DIFFERENCE): FOR_CUSTOMERS[SMALL_DIFFERENCE],
    ("creditmemo.void", SMALL_DIFFERENCE): _("Small difference reversed"),
    ("creditmemo.issue", UNCOLLECTIBLE): FOR_CUSTOMERS[UNCOLLECTIBLE],
    ("creditmemo.void", UNCOLLECTIBLE): _("Settlement by the merchant reversed"),
}
"""What adjustments are called on a statement, which customers get: by verb and purpose."""
MONEY = ("payment.received", "payment.returned", "payment.unreturned", "refund.sent", "refund.returned")
"""Verbs by which money came in or left: neither debit nor credit, but in a column of their own."""
PAYMENTS = "payment."
"""What the verbs of payments begin with."""

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
# The header says which postings are money.
_COUNT = """
SELECT COUNT(CASE WHEN posting_date >= %(start)s THEN 1 END),
       COUNT(CASE WHEN posting_date >= %(start)s AND is_payment = 1 THEN 1 END),
       COALESCE(SUM(CASE WHEN posting_date < %(start)s THEN change END), 0),
       COALESCE(SUM(CASE WHEN posting_date >= %(start)s AND is_money = 0 AND change > 0 THEN change END), 0),
       COALESCE(SUM(CASE WHEN posting_date >= %(start)s AND is_money = 0 AND change < 0 THEN -change END), 0),
       COALESCE(SUM(CASE WHEN posting_date >= %(start)s AND is_money = 1 THEN -change END), 0)
FROM (
    SELECT entry.posting_date, SUM(entry.amount) AS change,
           CASE WHEN header.verb IN ({money}) THEN 1 ELSE 0 END AS is_money,
           CASE WHEN header.verb LIKE %(payments)s OR header.verb IN ({money}) THEN 1 ELSE 0 END AS is_payment
    FROM ledger_journalentry entry JOIN ledger_journaltransaction header ON header.id = entry.transaction_id
    WHERE entry.balance_account_id = %(account)s AND entry.posting_date <= %(end)s
    GROUP BY entry.transaction_id, entry.posting_date, header.verb
) postings
"""


class PaymentFacts(NamedTuple):
    """What payments know of a journal entry, as expressions over entries.

    ``value_day``: the day on which a bank moved the money; ``number``: of the payment that the entry names.
    """

    value_day: Any
    number: Any


UNTOLD = PaymentFacts(Value(None, output_field=DateField()), Value(None, output_field=BigIntegerField()))


@dataclass(frozen=True, slots=True)
class Named:
    """A document that a posting is about."""

    pk: int
    number: str


@dataclass(slots=True)
class StatementRow:
    """One posting; minor units. ``debit`` raises what is owed, ``credit`` and ``money`` lower it.

    Money that a bank takes back is below zero. ``applied`` moves credit to invoices and ``paid`` money, negative when
    it is taken back. ``value_date``, where whoever shows the row asked for it: the day on which a bank moved the money.
    ``purpose`` is that of the memo that it is about.
    """

    verb: str
    day: date
    at: datetime
    currency: str
    change: int
    balance: int
    applied: int = 0
    paid: int = 0
    invoices: list[Named] = field(default_factory=list)
    memos: list[Named] = field(default_factory=list)
    payments: list[Named] = field(default_factory=list)
    value_date: date | None = None
    purpose: str = ORDINARY

    @property
    def label(self) -> str | Promise:
        """What happened, in words."""
        return ADJUSTED.get((self.verb, self.purpose)) or VERBS.get(self.verb, self.verb)

    @property
    def settled(self) -> int:
        """What invoices got of credit or money by it, negative when it is taken back."""
        return self.applied + self.paid

    @property
    def is_money(self) -> bool:
        """Whether money came in or left by it."""
        return self.verb in MONEY

    @property
    def debit(self) -> int:
        """What is owed more."""
        return 0 if self.is_money else max(self.change, 0)

    @property
    def credit(self) -> int:
        """What is owed less, other than by money."""
        return 0 if self.is_money else max(-self.change, 0)

    @property
    def money(self) -> int:
        """What came in, below zero what went back."""
        return -self.change if self.is_money else 0

    @property
    def other_day(self) -> date | None:
        """The value date, where it is not the day of the posting."""
        return self.value_date if self.value_date != self.day else None

    @property
    def documents(self) -> str:
        """All numbers, for files."""
        return ", ".join(each.number for each in [*self.payments, *self.memos, *self.invoices])

    @property
    def more(self) -> int:
        """Documents beyond those that a page names."""
        return sum(max(0, len(named) - NAMED) for named in (self.payments, self.memos, self.invoices))


@dataclass(frozen=True, slots=True)
class Extent:
    """A statement as a whole, in minor units: the balance before its postings, their debits and credits, and the money.

    ``count`` is how many postings there are, ``payments`` how many of them are about payments.
    """

    count: int
    payments: int
    opening: int
    debit: int
    credit: int
    money: int

    @property
    def closing(self) -> int:
        """The balance after them."""
        return self.opening + self.debit - self.credit - self.money


def extent_of(account: BalanceAccount, *, start: date, end: date) -> Extent:
    """How long the statement from ``start`` to ``end`` is, both days included; one statement by the account's index."""
    names = {f"money{at}": verb for at, verb in enumerate(MONEY)}
    asked = _COUNT.format(money=", ".join(f"%({name})s" for name in names))
    with connection.cursor() as cursor:
        cursor.execute(asked, {"start": start, "end": end, "account": account.pk, "payments": f"{PAYMENTS}%", **names})
        return Extent(*map(int, cursor.fetchone()))


def statement_rows(
    account: BalanceAccount, *, start: date, end: date, size: int, skip: int = 0, payments: PaymentFacts = UNTOLD
) -> list[StatementRow]:
    """``size`` postings of the statement after the first ``skip``, oldest first; two statements."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [account.pk, end, start, size, skip])
        found = cursor.fetchall()
    entries = _entries(account, [row[0] for row in found], payments)
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
                paid=_used(own) if header.verb.startswith(PAYMENTS) else 0,
                invoices=_named((entry.invoice_id, entry.invoice_number) for entry in own),
                memos=_named((entry.memo_id, entry.memo_number) for entry in own),
                purpose=next((entry.memo_purpose for entry in own if entry.memo_purpose), ORDINARY),
                value_date=next((entry.value_day for entry in own if entry.value_day), None),
                payments=_named((entry.payment_id, payment_name(entry.payment_number)) for entry in own),
            )
        )
    return rows


def whole_statement(
    account: BalanceAccount, *, start: date, end: date, payments: PaymentFacts = UNTOLD
) -> Iterator[StatementRow]:
    """Every posting, read in batches, for a file."""
    skip = 0
    while rows := statement_rows(account, start=start, end=end, size=EVERYTHING, skip=skip, payments=payments):
        yield from rows
        skip += len(rows)


def _uuid(value: Any) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _entries(account: BalanceAccount, transactions: list[Any], payments: PaymentFacts) -> dict[UUID, list[Any]]:
    """The entries of these transactions on the account, each with the number of the document that it names.

    Money clearing is of no account, but says which payment moved.
    """
    found: dict[UUID, list[Any]] = defaultdict(list)
    told = Q(balance_account_id=account.pk) | Q(account=Account.MONEY_CLEARING)
    rows = JournalEntry.objects.filter(told, transaction_id__in=transactions).annotate(
        invoice_number=Subquery(Invoice.objects.filter(pk=OuterRef("invoice_id")).values("number")),
        value_day=payments.value_day,
        payment_number=payments.number,
        memo_purpose=Subquery(CreditMemo.objects.filter(pk=OuterRef("memo_id")).values("purpose")),
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
    return _used(entries)


def _used(entries: Iterable[JournalEntry]) -> int:
    """What a posting took off invoices."""
    return -sum(entry.amount for entry in entries if entry.account == Account.RECEIVABLE)


def _named(documents: Iterable[tuple[int | None, str]]) -> list[Named]:
    return [Named(pk, number) for pk, number in dict.fromkeys(documents) if pk is not None]
