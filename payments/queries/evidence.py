"""What the audit log says of an invoice's money: the rows stand with the payments, each with this invoice's amounts."""

from typing import Any

from core.models import AuditEntry
from creditmemos.queries.evidence import MOST, Told
from invoices.models import Invoice
from payments.domain.wording import ALLOCATED, ARRIVED, KIND, RECEIVED, RETURNED, TAKEN_OFF
from payments.models import Payment

MOVING = (RECEIVED, ARRIVED, ALLOCATED, TAKEN_OFF, RETURNED)
"""Verbs whose rows name invoices with their own amounts."""


def money_told_of_invoice(invoice: Invoice) -> list[Told]:
    """The rows about money that was used on an invoice and taken off it, newest first; each names its payment.

    A row is shown with this invoice's allocations alone, as it may have moved money of others too.
    """
    payments: dict[int | None, str] = {
        payment.pk: str(payment) for payment in Payment.objects.filter(allocations__invoice=invoice).distinct()
    }
    rows = AuditEntry.objects.filter(
        marketplace_id=invoice.marketplace_id, kind=KIND, object_id__in=list(payments), verb__in=MOVING
    )
    told = []
    for entry in rows.select_related("person").order_by("-id")[:MOST]:
        if own := _own(entry, invoice):
            shown: dict[str, Any] = {"allocations": own}
            if entry.after.get("automatic"):
                shown["automatic"] = True
            entry.after = shown
            told.append(Told(entry, payments[entry.object_id]))
    return told


def _own(entry: AuditEntry, invoice: Invoice) -> list[dict[str, Any]]:
    return [dict(part) for part in entry.after.get("allocations", []) if part["invoice_id"] == invoice.pk]
