"""Ask a second person to settle what stays open on an invoice (I19)."""

from datetime import datetime
from typing import Any

from companies.domain.refusals import AlreadyAsked
from companies.operations.approvals import request
from core.actors import Actor
from core.models import Approval
from creditmemos.domain.wording import INVOICE
from creditmemos.queries.adjustments import waiting_about
from invoices.models import Invoice

NOT_READ = object()


def request_adjustment(invoice: Invoice, verb: str, *, reason: str, actor: Actor, now: datetime) -> Approval:
    """Write the request down, about a locked invoice and its whole due."""
    return request(
        kind=INVOICE,
        verb=verb,
        object_id=invoice.pk,
        company_id=invoice.payer_id,
        amount=invoice.amount_due,
        currency=invoice.currency,
        arguments={"thing": str(invoice), "companies": [invoice.payer_id, invoice.beneficiary_id]},
        snapshot=snapshot(invoice),
        reason=reason,
        actor=actor,
        now=now,
    )


def snapshot(invoice: Invoice) -> dict[str, Any]:
    """The figures that a decision is about; minor units."""
    return {
        "status": invoice.status, "due": invoice.amount_due, "credited": invoice.credited, "paid": invoice.paid,
    }  # fmt: skip


def refuse_asked(invoice: Invoice) -> None:
    """Refuse while a second person was asked about what is due and has not answered.

    An invoice read with its annotations (`queries.invoice_credits`) knows.
    """
    known = getattr(invoice, "adjustment_waiting", NOT_READ)
    if known if known is not NOT_READ else waiting_about(invoice.pk).exists():
        raise AlreadyAsked
