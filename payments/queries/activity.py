"""The audit rows of one payment."""

from django.db.models import QuerySet

from core.models import AuditEntry
from payments.domain.wording import KIND
from payments.models import Payment


def told_of_payment(payment: Payment) -> QuerySet[AuditEntry]:
    """The rows about a payment, newest first."""
    rows = AuditEntry.objects.filter(marketplace_id=payment.marketplace_id, kind=KIND, object_id=payment.pk)
    return rows.order_by("-at", "-pk")
