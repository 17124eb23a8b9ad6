"""Settle what a payment leaves open of the invoices that it was just used on, in the same transaction."""

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from core.actors import Actor
from core.errors import Missing, Refusal
from creditmemos.operations.adjusting import settle_difference
from invoices.models import Invoice
from payments.models import Payment


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
