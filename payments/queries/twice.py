"""What was paid back twice (I21): a refund went, and then a bank took the same money back."""

from typing import Any

from django.db.models import BigIntegerField, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Greatest, Least

from payments.models import Payment, Refund

TWICE = "paid_back_twice"
"""The annotation of ``with_twice``."""
_NOTHING = Value(0, output_field=BigIntegerField())


def with_twice(rows: QuerySet[Payment]) -> QuerySet[Payment]:
    """Annotate what of each payment was paid back twice, in minor units.

    That is what its own refunds, those on their way too, exceed what it brought less what was taken back; or what all
    refunds of its account exceed, as far as it was taken back, since a payout may name no payment.
    """
    refunds, payments = Refund.objects.live(), Payment.objects.filter(account_id=OuterRef("account_id"))
    of_account = refunds.filter(account_id=OuterRef("account_id"))
    own = F("returned") + _sum(refunds.filter(payment_id=OuterRef("pk")), "payment_id", F("amount")) - F("amount")
    whole = _sum(of_account, "account_id", F("amount")) - _sum(payments, "account_id", F("amount") - F("returned"))
    return rows.annotate(
        **{TWICE: Greatest(_NOTHING, own, Least(whole, F("returned")), output_field=BigIntegerField())}
    )


def _sum(rows: QuerySet[Any], by: str, amount: Any) -> Coalesce:
    found = rows.order_by().values(by).annotate(sum=Sum(amount)).values("sum")
    return Coalesce(Subquery(found), _NOTHING, output_field=BigIntegerField())
