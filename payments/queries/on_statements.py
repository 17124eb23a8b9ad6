"""What a statement says of payments: the journal knows their ids and the day of posting alone."""

from django.db.models import Case, OuterRef, Subquery, Value, When

from creditmemos.queries.statement import PaymentFacts
from ledger.domain.kinds import Account
from payments.domain.wording import RECEIVED, REFUND_RETURNED, REFUND_SENT, RETURNED, UNRETURNED
from payments.models import Payment, PaymentReturn, Refund

_NUMBER = Payment.objects.filter(pk=OuterRef("payment_id")).values("number")
_CAME = Payment.objects.filter(pk=OuterRef("payment_id")).values("value_date")
_WENT = PaymentReturn.objects.filter(
    payment=OuterRef("payment_id"), created_at=OuterRef("transaction__created_at"), amount=Value(0) - OuterRef("amount")
).values("value_date")[:1]
_SENT = Refund.objects.filter(
    marketplace_id=OuterRef("transaction__marketplace_id"), settled_at=OuterRef("transaction__created_at"),
    amount=Value(0) - OuterRef("amount"),
).values("value_date")[:1]  # fmt: skip
_CAME_BACK = Refund.objects.filter(
    marketplace_id=OuterRef("transaction__marketplace_id"), returned_at=OuterRef("transaction__created_at"),
    amount=OuterRef("amount"),
).values("returned_on")[:1]  # fmt: skip
_CLEARING = {"account": Account.MONEY_CLEARING}

_VALUE_DAY = Case(
    When(transaction__verb=RECEIVED, **_CLEARING, then=Subquery(_CAME)),
    When(transaction__verb__in=(RETURNED, UNRETURNED), **_CLEARING, then=Subquery(_WENT)),
    When(transaction__verb=REFUND_SENT, **_CLEARING, then=Subquery(_SENT)),
    When(transaction__verb=REFUND_RETURNED, **_CLEARING, then=Subquery(_CAME_BACK)),
)
"""Of an entry on money clearing its value date, of others nothing."""
FACTS = PaymentFacts(value_day=_VALUE_DAY, number=Subquery(_NUMBER))
