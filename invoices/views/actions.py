"""What can be done with an invoice now, by its status and the member's role; the likeliest first."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from creditmemos.operations import adjusting, applying, drafts
from invoices.operations import voiding
from payments.operations import charging, receiving
from payments.operations.giving_back_carried import may_give_back_carried
from payments.operations.guards import may_be_paid
from payments.operations.refund_items import PERMISSION as REFUND
from payments.operations.refund_items import may_refund_items
from web.views import Action


def actions_of(invoice: Any, member: Any, *, has_room: bool, can_charge: bool = False) -> Iterator[Action]:
    """The buttons of an invoice that came with its annotations; nothing that its guards would refuse.

    ``can_charge``: the payer has a method for it, and no charge is on its way.
    """
    if applying.may_take(invoice) and invoice.has_credit and member.may(applying.PERMISSION, invoice):
        url = reverse("creditmemos:apply_to_invoice", args=[invoice.pk])
        yield Action(_("Apply credit"), url, "arrow-left-right", key="a", tone="primary")
    yield from _money_in(invoice, member, can_charge=can_charge)
    if has_room and not invoice.is_own and drafts.may_credit(invoice) and member.may(drafts.PERMISSION):
        url = reverse("creditmemos:create_from_invoice", args=[invoice.pk])
        yield Action(_("Credit invoice"), url, "file-earmark-minus", key="c")
    if (
        has_room
        and not invoice.is_own
        and not invoice.refund_waiting
        and may_refund_items(invoice)
        and member.may(REFUND)
    ):
        yield Action(_("Refund items"), reverse("payments:refund_items", args=[invoice.pk]), "arrow-return-left")
    if may_give_back_carried(invoice) and not invoice.is_own and member.may(REFUND):
        url = reverse("payments:give_back_carried", args=[invoice.pk])
        yield Action(_("Give back balance"), url, "cash-stack", in_dialog=True)
    if not invoice.is_own:
        yield from _without_money(invoice, member)
    if voiding.may_void(invoice) and not invoice.is_own and member.may(voiding.PERMISSION):
        url = reverse("invoices:void", args=[invoice.pk])
        yield Action(_("Void"), url, "slash-circle", in_dialog=True)


def _money_in(invoice: Any, member: Any, *, can_charge: bool) -> Iterator[Action]:
    """It is charged to a saved method, or its payment recorded."""
    if not may_be_paid(invoice):
        return
    if can_charge and member.may(charging.PERMISSION):
        yield Action(_("Charge now"), reverse("payments:charge", args=[invoice.pk]), "credit-card", in_dialog=True)
    if not invoice.is_own and member.may(receiving.PERMISSION):
        url = f"{reverse('payments:record')}?invoice={invoice.pk}"
        yield Action(_("Record payment"), url, "cash-stack")


def _without_money(invoice: Any, member: Any) -> Iterator[Action]:
    """A small difference is settled; what is more can only be given up, by two people."""
    if adjusting.may_settle_difference(invoice, invoice.marketplace.settings) and member.may(
        adjusting.SETTLE_PERMISSION
    ):
        url = reverse("invoices:settle_difference", args=[invoice.pk])
        yield Action(_("Settle difference"), url, "cash-coin", in_dialog=True)
    if adjusting.may_write_off(invoice) and member.may(adjusting.WRITE_OFF_PERMISSION):
        yield Action(_("Write off"), reverse("invoices:write_off", args=[invoice.pk]), "x-octagon", in_dialog=True)
