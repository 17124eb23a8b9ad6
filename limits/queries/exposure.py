"""What counts against a credit limit now: each addend a query that lists its rows, all of them one statement."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import BigIntegerField, F, Q, QuerySet, Subquery

from billing.models import BillingEvent
from billing.queries.commitments import due_subscriptions, is_unknown, standing_events
from companies.models import Company
from creditmemos.models import CreditMemo
from invoices.models import Invoice
from ledger.models import BalanceAccount
from limits.domain.exposure import Exposure
from limits.models import CreditLine, Reservation
from payments.models import Payment, money_that_counts

Payers = Any
"""A queryset of the ids of the companies that pay."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose exposure, as of when: what is due or dated ``through`` a day counts as committed."""

    payers: Payers
    now: datetime
    through: date

    @property
    def accounts(self) -> QuerySet[Any]:
        """The ids of their balance accounts."""
        return BalanceAccount.objects.filter(payer__in=self.payers).values("pk")


class Addend(NamedTuple):
    """One part of the sum: the rows that it lists, and what of each counts."""

    name: str
    rows: Callable[[Asked], QuerySet[Any]]
    amount: Any


def _dues(asked: Asked) -> QuerySet[Any]:
    return Invoice.objects.filter(payer__in=asked.payers, amount_due__gt=0)


def _pending(asked: Asked) -> QuerySet[Any]:
    return _dues(asked).filter(payment_pending__gt=0)


def _periods(asked: Asked) -> QuerySet[Any]:
    return due_subscriptions(asked.accounts, asked.through).filter(committed__gt=0)


def _events(asked: Asked) -> QuerySet[Any]:
    return standing_events(asked.accounts, asked.through).filter(committed__gt=0)


def _reservations(asked: Asked) -> QuerySet[Any]:
    return Reservation.objects.live(asked.now).filter(line__payer__in=asked.payers)


def _credit(asked: Asked) -> QuerySet[Any]:
    return CreditMemo.objects.filter(payer__in=asked.payers).usable()


def _carried(asked: Asked) -> QuerySet[Any]:
    return Invoice.objects.filter(account__in=asked.accounts).carrying()


def _on_account(asked: Asked) -> QuerySet[Any]:
    return Payment.objects.filter(payer__in=asked.payers).counting()


ADDENDS = (
    Addend("dues", _dues, F("amount_due")),
    Addend("pending", _pending, F("payment_pending")),
    Addend("periods", _periods, F("committed")),
    Addend("events", _events, F("committed")),
    Addend("reserved", _reservations, F("amount")),
    Addend("credit", _credit, F("balance")),
    Addend("carried", _carried, F("carried_out")),
    Addend("on_account", _on_account, money_that_counts()),
)
"""What is committed has two lists: periods of subscriptions, and events. Money that is on its way back to the payer, as
a give-back or a payout, counts no more; what went back beyond what came is owed."""


class _Total(Subquery):
    template = "(SELECT COALESCE(SUM(t.counts), 0) FROM (%(subquery)s) t)"
    output_field = BigIntegerField()


class _Count(Subquery):
    template = "(SELECT COUNT(*) FROM (%(subquery)s) t)"
    output_field = BigIntegerField()


def rows_of(name: str, asked: Asked) -> QuerySet[Any]:
    """The rows of an addend, each with its ``counts`` in minor units. KeyError for an unknown name."""
    addend = {each.name: each for each in ADDENDS}[name]
    rows: QuerySet[Any] = addend.rows(asked).annotate(counts=addend.amount)
    return rows


def own(payer_id: int) -> Payers:
    """One company."""
    return Company.objects.filter(pk=payer_id).values("pk")


def together(parent_id: int) -> Payers:
    """A company and its children."""
    return Company.objects.filter(Q(pk=parent_id) | Q(parent_id=parent_id)).values("pk")


def window_end(today: date, days: int) -> date:
    """The last day that counts as committed."""
    return today + timedelta(days=days)


class Found(NamedTuple):
    """The sum, and how many subscriptions and events it could not count as nobody reckoned them for that day."""

    exposure: Exposure
    unknown: int
    parts: dict[str, int]
    """By addend; what is committed in its two lists."""


_ID, _DAY, _MOMENT = 8_130_000_000_000_000, date(1901, 2, 3), datetime.fromisoformat("1901-02-03T04:05:06+00:00")
"""Stand-ins for the values of the prepared statements."""
_PREPARED: dict[tuple[str, bool], tuple[str, list[Any]]] = {}


def exposure_of(payer_id: int, *, now: datetime, through: date, with_children: bool = False) -> Found:
    """What counts against the limit of a payer, or of a company with its children; one statement."""
    kind = connection.vendor, with_children
    if kind not in _PREPARED:
        _PREPARED[kind] = _statement(with_children=with_children)
    sql, places = _PREPARED[kind]
    ops = connection.ops
    values = {
        "id": payer_id,
        "day": ops.adapt_datefield_value(through),
        "moment": ops.adapt_datetimefield_value(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, [values[each.name] if isinstance(each, _Place) else each for each in places])
        *sums, unknown = (int(value) for value in cursor.fetchone())
    dues, pending, periods, events, *rest = sums
    parts = {addend.name: amount for addend, amount in zip(ADDENDS, sums, strict=True)}
    return Found(Exposure(dues, pending, periods + events, *rest), unknown, parts)


class _Place(NamedTuple):
    name: str


def _statement(*, with_children: bool) -> tuple[str, list[Any]]:
    """The statement that the ORM makes of all addends, with the places of its values."""
    payers = together(_ID) if with_children else own(_ID)
    query = _summed(Asked(payers, _MOMENT, _DAY)).query
    sql, params = query.get_compiler(using=connection.alias).as_sql()
    ops = connection.ops
    names = {
        _ID: "id",
        str(ops.adapt_datefield_value(_DAY)): "day",
        str(ops.adapt_datetimefield_value(_MOMENT)): "moment",
    }
    places = [_Place(names[key]) if (key := _key(each)) in names else each for each in params]
    return sql, places


def _key(param: Any) -> Any:
    return param if isinstance(param, int) else str(param)


def _summed(asked: Asked) -> QuerySet[Any, Any]:
    sums = {f"sum_{each.name}": _total(each, asked) for each in ADDENDS}
    waiting = BillingEvent.objects.pending().filter(account__in=asked.accounts, day__lte=asked.through)
    stale = due_subscriptions(asked.accounts, asked.through).filter(is_unknown(asked.through))
    unknown = _Count(stale.order_by().values("pk")) + _Count(
        waiting.filter(is_unknown(asked.through)).order_by().values("pk")
    )
    one = CreditLine.objects.filter(payer_id=_ID).annotate(**sums, unknown=unknown)
    return one.order_by().values_list(*sums, "unknown")


def _total(addend: Addend, asked: Asked) -> Subquery:
    return _Total(addend.rows(asked).order_by().values(counts=addend.amount))
