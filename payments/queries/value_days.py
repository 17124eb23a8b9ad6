"""The days on which a bank moved the money of a statement's rows: the journal knows only the days of posting."""

from collections.abc import Iterable
from datetime import date, datetime

from creditmemos.queries.statement import StatementRow
from payments.domain.wording import RECEIVED, RETURNED, UNRETURNED
from payments.models import Payment, PaymentReturn


def with_value_days(rows: list[StatementRow]) -> list[StatementRow]:
    """Give each row by which money came in or left its value date; at most two statements."""
    came = _days_in({row.payments[0].pk for row in rows if row.verb == RECEIVED and row.payments})
    went = _days_out({row.payments[0].pk for row in rows if row.verb in (RETURNED, UNRETURNED) and row.payments})
    for row in rows:
        pk = row.payments[0].pk if row.payments else None
        row.value_date = came.get(pk) if row.verb == RECEIVED else went.get((pk, row.at, -row.money))
    return rows


def _days_in(payments: Iterable[int]) -> dict[int | None, date]:
    pks = list(payments)
    return dict(Payment.objects.filter(pk__in=pks).values_list("pk", "value_date")) if pks else {}


def _days_out(payments: Iterable[int]) -> dict[tuple[int | None, datetime, int], date]:
    """By payment, moment and amount, which is below zero where the bank gave it again."""
    pks = list(payments)
    found = PaymentReturn.objects.filter(payment__in=pks) if pks else PaymentReturn.objects.none()
    return {(row.payment_id, row.created_at, row.amount): row.value_date for row in found}
