"""What can be done with a payment now, by its status and the member's role; the likeliest first."""

from collections.abc import Iterator
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from payments.operations import allocating, keeping, looking, refunding, returning, settling
from web.views import Action


def actions_of(payment: Any, member: Any) -> Iterator[Action]:
    """The buttons of a payment that came with its annotations; nothing that its guards would refuse."""
    if allocating.may_allocate(payment) and payment.has_debt and member.may(allocating.PERMISSION):
        yield Action(_("Allocate"), _to("allocate", payment), "arrow-left-right", key="a", tone="primary")
    if payment.is_own:
        return
    if settling.may_settle(payment) and member.may(settling.PERMISSION):
        yield Action(_("Payment arrived"), _to("settle", payment), "check-lg", in_dialog=True, tone="primary")
        yield Action(_("Payment failed"), _to("fail", payment), "x-circle", in_dialog=True)
    if looking.may_ask(payment) and member.may(looking.PERMISSION):
        yield Action(_("Ask the payment provider"), _to("ask", payment), "arrow-clockwise", in_dialog=True)
    if keeping.may_keep(payment, payment.marketplace.settings) and member.may(keeping.PERMISSION):
        yield Action(_("Keep surplus"), _to("keep", payment), "cash-coin", in_dialog=True)
    if refunding.may_give_back(payment) and member.may(refunding.PERMISSION):
        yield Action(_("Give back"), _to("give_back", payment), "cash-stack", in_dialog=True)
    if returning.may_return(payment) and member.may(returning.PERMISSION):
        yield Action(_("Return payment"), _to("return", payment), "arrow-return-left")


def _to(verb: str, payment: Any) -> str:
    return reverse(f"payments:{verb}", args=[payment.pk])
