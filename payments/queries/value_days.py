"""The day on which a bank moved the money of a posting: the journal knows only the day of posting."""

from django.db.models import Case, OuterRef, Subquery, Value, When

from ledger.domain.kinds import Account
from payments.domain.wording import RECEIVED, RETURNED, UNRETURNED
from payments.models import Payment, PaymentReturn

_CAME = Payment.objects.filter(pk=OuterRef("payment_id")).values("value_date")
_WENT = PaymentReturn.objects.filter(
    payment=OuterRef("payment_id"), created_at=OuterRef("transaction__created_at"), amount=Value(0) - OuterRef("amount")
).values("value_date")[:1]
_CLEARING = {"account": Account.MONEY_CLEARING}

VALUE_DAY = Case(
    When(transaction__verb=RECEIVED, **_CLEARING, then=Subquery(_CAME)),
    When(transaction__verb__in=(RETURNED, UNRETURNED), **_CLEARING, then=Subquery(_WENT)),
)
"""An expression over journal entries: of an entry on money clearing its value date, of others nothing."""
