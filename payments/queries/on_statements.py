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
_MOMENT = OuterRef("transaction__created_at")
_OF_MEMO = Refund.objects.filter(memo=OuterRef("memo_id"))
_OF_PAYMENT = Refund.objects.filter(payment=OuterRef("payment_id"), memo__isnull=True)
_OF_INVOICE = Refund.objects.filter(invoice=OuterRef("invoice_id"))
_ENDS = ((REFUND_SENT, "settled_at", "value_date"), (REFUND_RETURNED, "returned_at", "returned_on"))
_CLEARING = {"account": Account.MONEY_CLEARING}

_VALUE_DAY = Case(
    When(transaction__verb=RECEIVED, **_CLEARING, then=Subquery(_CAME)),
    When(transaction__verb__in=(RETURNED, UNRETURNED), **_CLEARING, then=Subquery(_WENT)),
    *(
        When(transaction__verb=verb, account=account, then=Subquery(rows.filter(**{at: _MOMENT}).values(day)[:1]))
        for account, rows in (
            (Account.CUSTOMER_CREDIT, _OF_MEMO),
            (Account.UNALLOCATED, _OF_PAYMENT),
            (Account.RECEIVABLE, _OF_INVOICE),
        )
        for verb, at, day in _ENDS
    ),
)
"""Of an entry on money clearing its value date, of a refund that of what went back; of others nothing."""
FACTS = PaymentFacts(value_day=_VALUE_DAY, number=Subquery(_NUMBER))
