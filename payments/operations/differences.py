"""Settle what a payment leaves open of the invoices that it was just used on, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actors import Actor
from core.errors import Missing, Refusal
from core.formats import amount_text
from creditmemos.operations.adjusting import OverSmallDifference, settle_difference
from invoices.models import Invoice
from payments.models import Payment


class NotThereYet(Refusal):
    code = "payment_not_there"
    text = gettext_lazy("A difference can be settled once the payment is there.")


def check_rest(
    settle: Sequence[int], wanted: Sequence[tuple[int, int]], invoices: dict[int, Invoice], *, is_pending: bool
) -> None:
    """Refuse beforehand what could not be settled after using ``wanted``, (id, minor units)."""
    for invoice_id in settle:
        if invoice_id not in invoices:
            raise Missing
        invoice, field = invoices[invoice_id], f"amount-{invoice_id}"
        if is_pending:
            raise NotThereYet(field=field)
        rest = invoice.amount_due - sum(amount for pk, amount in wanted if pk == invoice_id)
        most = invoice.marketplace.settings.small_difference
        if rest > most:
            due, limit = (amount_text(each, invoice.currency) for each in (rest, most))
            raise OverSmallDifference(due=due, invoice=str(invoice), amount=limit, field=field)


def settle_rest(
    settle: Sequence[int], invoices: dict[int, Invoice], payment: Payment, *, actor: Actor, now: datetime
) -> None:
    """Settle small differences of these invoices (ids), which are locked; a refusal names the invoice's box.

    What needs a second person is asked for: the payment stands, and the invoice waits.
    """
    for invoice_id in settle:
        if invoice_id not in invoices:
            raise Missing
        reason = _("Short payment %(payment)s") % {"payment": payment}
        try:
            settle_difference(invoice=invoices[invoice_id], reason=reason, actor=actor, now=now)
        except Refusal as refusal:
            refusal.field = f"amount-{invoice_id}"
            raise
