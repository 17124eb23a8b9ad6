"""What can be done with an invoice now, by its status and the member's role; the likeliest first."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from companies.models import Marketplace
from invoices.domain.balance import PAID, UNPAID
from web.views import Action


def actions_of(invoice: Any, member: Any, *, has_room: bool) -> Iterator[Action]:
    """The buttons of an invoice that came with its standing; nothing that its guards would refuse."""
    if invoice.status == UNPAID and invoice.has_credit and member.may("creditmemos.apply", invoice):
        url = reverse("creditmemos:apply_to_invoice", args=[invoice.pk])
        yield Action(_("Apply credit"), url, "arrow-left-right", key="a", tone="primary")
    if has_room and creditable(invoice) and member.may("creditmemos.create"):
        url = reverse("creditmemos:create_from_invoice", args=[invoice.pk])
        yield Action(_("Credit"), url, "file-earmark-minus", key="c")
    if voidable(invoice) and not invoice.is_own and member.may("invoices.void"):
        url = reverse("invoices:void", args=[invoice.pk])
        yield Action(_("Void"), url, "slash-circle", in_dialog=True)


def creditable(invoice: Any) -> bool:
    """Whether a memo may be issued from it: unpaid, or paid where the marketplace allows it; never one's own."""
    if invoice.is_own or invoice.marketplace.pipeline != Marketplace.Pipeline.V2:
        return False
    is_allowed_paid = invoice.status == PAID and invoice.marketplace.settings.credit_paid_invoices
    return invoice.status == UNPAID or bool(is_allowed_paid)


def voidable(invoice: Any) -> bool:
    """Whether there is no money on it; credit alone does not stand in the way."""
    return invoice.status in (UNPAID, PAID) and not (invoice.paid or invoice.payment_pending)
