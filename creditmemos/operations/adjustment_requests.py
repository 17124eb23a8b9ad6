"""Ask a second person to settle what stays open on an invoice (I19)."""

from datetime import datetime

from companies.domain.refusals import AlreadyAsked
from companies.operations.approvals import request
from core.actors import Actor
from core.models import Approval
from creditmemos.domain.wording import INVOICE
from invoices.models import Invoice


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


def snapshot(invoice: Invoice) -> dict[str, object]:
    """The figures that a decision is about; minor units."""
    return {
        "status": invoice.status, "due": invoice.amount_due, "credited": invoice.credited, "paid": invoice.paid,
    }  # fmt: skip


def refuse_asked(invoice: Invoice, verb: str) -> None:
    """Refuse what a second person was asked already and has not answered."""
    asked = Approval.objects.filter(kind=INVOICE, verb=verb, object_id=invoice.pk)
    if asked.filter(decision=Approval.Decision.WAITING).exists():
        raise AlreadyAsked
