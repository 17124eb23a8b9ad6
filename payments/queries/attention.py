"""What people are told of a payment that a provider moves: what its mark means, and why it failed (pure)."""

from collections.abc import Mapping
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from payments.domain.states import DIFFERS, DISPUTED, LATE, NEEDS_CUSTOMER, STRAY, UNKNOWN
from payments.gateway.declines import words_of

FINANCE: Final[Mapping[str, Promise]] = {
    UNKNOWN: _(
        "Nobody could find out what became of this charge. It stays pending and is looked up again by itself; its"
        " invoices wait. Ask the payment provider now, or look at the provider's dashboard. Don't ask for the money"
        " another way yet."
    ),
    NEEDS_CUSTOMER: _(
        "The bank wants the customer to confirm this payment. After 72 hours it is stopped, and its invoices can be"
        " charged again."
    ),
    DIFFERS: _(
        "The payment provider moved another amount than was asked for. Only what can be right is booked: compare it"
        " with the provider's dashboard, and charge or refund the difference."
    ),
    LATE: _(
        "It was recorded as failed and succeeded after all. The money is booked; check that its invoices were not paid"
        " another way in the meantime, and give back what is too much."
    ),
    DISPUTED: _(
        "The customer disputes this payment with their bank. Answer in the payment provider's dashboard. Nothing of it"
        " is refunded until the dispute has ended; a lost one is recorded as returned by itself."
    ),
    STRAY: _(
        "Somebody refunded money of this payment in the payment provider's dashboard, and no document says so here."
        " Find out why, and record the refund off-platform with the provider's reference."
    ),
}
"""What each mark means for finance, and what to do about it."""

CUSTOMER: Final[Mapping[str, Promise]] = {
    NEEDS_CUSTOMER: _(
        "Your bank wants you to confirm this payment. Please do so in the app or on the page of your bank."
    ),
}
"""What customers are told of a mark; of the others nothing."""

STOPPED = _("The charge was stopped at the payment provider before any money moved.")


def why_failed(code: str, *, is_staff: bool) -> Promise:
    """One sentence on why a charge failed, by the provider's code; empty is one that was stopped."""
    if not code:
        return STOPPED
    words = words_of(code)
    return words.finance if is_staff else words.customer
