"""Void an invoice on which there is neither money nor credit."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal, refusal_of
from invoices.domain.balance import PAID, UNPAID
from invoices.models import Invoice
from invoices.operations.entries import issue_entries, stored_taxes
from ledger.posting import post


class InvoiceNotVoidable(Refusal):
    """The invoice's status does not allow it."""

    code = "invoice_not_voidable"
    text = _("%(invoice)s is %(status)s and can't be voided.")


class InvoiceHasMoney(Refusal):
    """Money was paid."""

    code = "invoice_has_money"
    text = _("Take the payment off %(invoice)s first. It is on account then and can be returned.")


class InvoiceIsBeingPaid(Refusal):
    """Money is on its way."""

    code = "invoice_is_being_paid"
    text = _("A payment for %(invoice)s is pending. Record that it arrived, or that it failed, first.")


class InvoiceHasCredit(Refusal):
    """Credit is still used on it; voiding with credit is the credit memos' verb."""

    code = "invoice_has_credit"
    text = _("Credit is still applied to %(invoice)s.")


class InvoiceCarries(Refusal):
    """It took over an earlier invoice's balance, which has no other place any more."""

    code = "invoice_carries"
    text = _("%(invoice)s took over the balance of an earlier invoice and can't be voided.")


PERMISSION = "invoices.void"


def may_void(invoice: Invoice) -> bool:
    """Whether no money is on it, and it took over nothing; credit alone does not stand in the way."""
    return refusal_of(check_voidable, invoice) is None


def check_voidable(invoice: Invoice) -> None:
    """Refuse what has money on it, what is not owed or paid, and what took over an earlier invoice's balance."""
    if invoice.payment_pending:
        raise InvoiceIsBeingPaid(invoice=invoice.number)
    if invoice.paid:
        raise InvoiceHasMoney(invoice=invoice.number)
    if invoice.status not in (UNPAID, PAID):
        raise InvoiceNotVoidable(invoice=str(invoice), status=invoice.get_status_display().lower())
    if invoice.carried_in:
        raise InvoiceCarries(invoice=invoice.number)


def void(*, invoice: Invoice, reason: str, actor: Actor, now: datetime) -> Invoice:
    """Void a locked invoice inside the caller's transaction, and post the mirror of its issue today.

    Refused while money or credit is on it. The last part of ``billing.operations.voiding.void_invoice``, which people
    call: it returns the credit, and says what becomes of what was billed.
    """
    check_voidable(invoice)
    if invoice.credited:
        raise InvoiceHasCredit(invoice=invoice.number)
    invoice.voided_at, invoice.voided_by_id, invoice.void_reason = now, actor.user_id, reason
    invoice.void()
    invoice.save(update_fields=["voided_at", "voided_by", "void_reason", "amount_due", "status"])
    post(
        account=invoice.account,
        posting_date=invoice.account.marketplace.today(now),
        verb="invoice.void",
        entries=[entry.mirrored() for entry in issue_entries(invoice, stored_taxes(invoice))],
        actor=actor,
        now=now,
    )
    audit.record(
        actor=actor, verb="invoice.voided", obj=invoice, company_id=invoice.payer_id, note=reason,
        after={"total": invoice.total}, now=now,
    )  # fmt: skip
    outbox.publish(
        topic="invoice.voided",
        key=f"invoice.voided:{invoice.pk}",
        marketplace_id=invoice.marketplace_id,
        payload={"invoice_id": invoice.pk, "account_id": invoice.account_id},
        now=now,
    )
    return invoice
