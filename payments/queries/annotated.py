"""A payment with what its page and its verbs must know beside its row, in one query."""

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, QuerySet

from companies.queries.people import is_own, name_at
from invoices.domain.balance import PENDING, UNPAID
from invoices.models import Invoice
from payments.models import Payment
from payments.queries.twice import with_twice

if TYPE_CHECKING:
    from companies.members import Member

RELATED = ("marketplace__settings", "payer", "merchant__company", "account")


def annotated_payments(member: "Member") -> QuerySet[Payment]:
    """Payments that the member sees, with their parties, and as annotations:

    ``is_own``: whether the member belongs to the payer or its relatives (I18); ``has_debt``: whether the account owes
    what no payment is paying already; ``recorded_by_name``, ``approved_by_name``; ``paid_back_twice``, minor units.
    """
    open_invoices = Invoice.objects.filter(
        account_id=OuterRef("account_id"), status__in=(UNPAID, PENDING), amount_due__gt=F("payment_pending")
    )
    return (
        with_twice(Payment.objects.visible_to(member))
        .select_related(*RELATED)
        .annotate(
            is_own=is_own(member.user.pk, "payer"),
            has_debt=Exists(open_invoices),
            recorded_by_name=name_at("requested_by_id", "requested_at"),
            approved_by_name=name_at("approved_by_id", "requested_at"),
        )
    )
