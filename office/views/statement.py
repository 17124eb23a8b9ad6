"""The statement on a company's page: which account, which days, which page of it; and the file of it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import QueryDict
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.formats import day_text, reader
from core.money import to_major
from creditmemos.queries.statement import Extent, StatementRow, extent_of, statement_rows, whole_statement
from ledger.models import BalanceAccount
from payments.queries.on_statements import FACTS
from web.exports import EXPORTS, Frame
from web.tables import AmountColumn, Column, DayColumn, Table

POSTINGS = 50
"""Rows of one page."""
FIRST, LAST = date(1, 1, 2), date(9999, 12, 30)


class StatementTable(Table):
    """The columns of the file."""

    day = DayColumn(_("Date"))
    value_date = DayColumn(_("Value date"))
    label = Column(_("Transaction"))
    documents = Column(_("Documents"))
    applied = AmountColumn(_("Applied"))
    paid = AmountColumn(_("Paid"))
    debit = AmountColumn(_("Debit"), total=True)
    credit = AmountColumn(_("Credit"), total=True)
    money = AmountColumn(_("Money"), total=True)
    balance = AmountColumn(_("Balance"))


@dataclass(frozen=True, slots=True)
class Span:
    """Days of a statement, both included; None where it is open. ``is_wrong``: something typed is no day."""

    start: date | None
    end: date | None
    is_wrong: bool = False

    def words(self, today: date) -> str:
        """The days as one says them; one that is open ends today."""
        start = day_text(self.start, reader()) if self.start else ""
        end = day_text(self.end or today, reader())
        if start:
            return gettext("%(start)s to %(end)s") % {"start": start, "end": end}
        return gettext("up to %(end)s") % {"end": end}


def span_of(data: QueryDict) -> Span:
    """Read ``from`` and ``to``; what is no day opens the span, and is said."""
    (start, wrong_start), (end, wrong_end) = _day(data.get("from", "")), _day(data.get("to", ""))
    return Span(start, end, wrong_start or wrong_end)


def _day(text: str) -> tuple[date | None, bool]:
    if not text:
        return None, False
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, True
    return (day, False) if FIRST <= day <= LAST else (None, True)


@dataclass(frozen=True, slots=True)
class Statement:
    """One page of an account's statement; ``opening`` is the balance before its first row, in minor units."""

    account: BalanceAccount
    span: Span
    extent: Extent
    rows: list[StatementRow]
    page: Page[int]

    @property
    def opening(self) -> int:
        """What the page starts from."""
        return self.rows[0].balance - self.rows[0].change if self.rows else self.extent.opening

    @property
    def period(self) -> str:
        """The days asked for, as one says them."""
        return self.span.words(self.account.marketplace.today(timezone.now()))

    @property
    def debit(self) -> int:
        """What the page's rows add to what is owed."""
        return sum(row.debit for row in self.rows)

    @property
    def credit(self) -> int:
        """What the page's rows take off it."""
        return sum(row.credit for row in self.rows)

    @property
    def money(self) -> int:
        """The money that came in by the page's rows, less what went back."""
        return sum(row.money for row in self.rows)

    @property
    def has_payments(self) -> bool:
        """Whether any of the days' postings is about a payment."""
        return self.extent.payments > 0

    @property
    def width(self) -> int:
        """Columns after the first."""
        return 6 if self.has_payments else 5

    @property
    def last(self) -> int:
        """What the page ends at."""
        return self.opening + self.debit - self.credit - self.money


def statement_of(account: BalanceAccount, data: QueryDict) -> Statement:
    """The page that the address asks for, else the last one; three statements."""
    span = span_of(data)
    days = _days(span)
    extent = extent_of(account, **days)
    pages = Paginator(range(extent.count), POSTINGS)
    page = pages.get_page(data.get("page") or pages.num_pages)
    rows = statement_rows(account, size=POSTINGS, skip=(page.number - 1) * POSTINGS, payments=FACTS, **days)
    return Statement(account, span, extent, rows, page)


def _days(span: Span) -> Any:
    return {"start": span.start or FIRST, "end": span.end or LAST}


def postings_in(account: BalanceAccount, data: QueryDict) -> int:
    """How many rows the file would have."""
    return extent_of(account, **_days(span_of(data))).count


def exported(account: BalanceAccount, data: QueryDict, kind: str) -> HttpResponseBase:
    """The whole statement of the days asked for, as a file that names its company, its days and its balances."""
    span = span_of(data)
    days, today = _days(span), account.marketplace.today(timezone.now())
    extent = extent_of(account, **days)
    opening, closing = (to_major(sum_, currency=account.currency) for sum_ in (extent.opening, extent.closing))
    heading: list[tuple[str, object]] = [
        (gettext("Statement"), account.payer.name),
        (gettext("Merchant"), account.merchant.company.name),
        (gettext("Period"), span.words(today)),
        (gettext("Currency"), account.currency),
        (gettext("Opening balance"), opening),
        (gettext("Closing balance"), closing),
    ]
    frame = Frame(heading=heading, label=gettext("Closing balance"), closing={"balance": closing})
    columns: list[Column] = list(StatementTable.base_columns.values())
    parts = (gettext("Statement"), account.payer.name, str(span.start or ""), str(span.end or today))
    name = slugify(" ".join(parts)) or "statement"
    return EXPORTS[kind](whole_statement(account, payments=FACTS, **days), columns, name, frame)
