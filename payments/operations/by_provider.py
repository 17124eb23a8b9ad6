"""What bears a refund by gateway: a payment that a provider brought, which sends money back to where it came from."""

from collections.abc import Iterable

from core.errors import Missing
from core.formats import amount_text
from core.locking import lock_one
from creditmemos.models import CreditMemo
from payments.domain.refusals import CannotBear, Disputed, NotByProvider, NotSuccessful
from payments.domain.states import DISPUTED, GATEWAY, SUCCESSFUL
from payments.gateway.amounts import check_chargeable
from payments.models import Payment
from payments.operations.refund_moves import Sending
from payments.queries.sent_back import most_borne


def lock_bearer(sending: Sending, account_id: int) -> Payment | None:
    """Lock the payment that bears it, after the memo; None off-platform. Raises Missing for one of another account."""
    if not sending.is_by_gateway:
        return None
    return lock_one(Payment.objects.filter(pk=sending.bearer or 0, account_id=account_id))


def bearer_of(sending: Sending, account_id: int) -> Payment | None:
    """The same, for a page that only looks."""
    if not sending.is_by_gateway:
        return None
    found = Payment.objects.filter(pk=sending.bearer or 0, account_id=account_id).first()
    if found is None:
        raise Missing
    return found


def check_bearer(memo: CreditMemo, payment: Payment | None) -> None:
    """Refuse a payment whose provider can't send the memo's credit back whole; None is off-platform."""
    if payment is None:
        return
    check_by_provider(payment)
    most = most_borne(memo, payment)
    if memo.total > most:
        raise CannotBear(payment=str(payment), amount=amount_text(most, memo.currency), most=most, field="bearer")
    check_chargeable(memo.total, memo.currency)


def check_parts(parts: Iterable[tuple[int, int]], sending: Sending, currency: str) -> None:
    """Ask the guards of payments (by id) that bear parts of a refund, minor units; nothing off-platform."""
    for payment_id, amount in parts if sending.is_by_gateway else ():
        check_by_provider(Payment.objects.get(pk=payment_id))
        check_chargeable(amount, currency)


def check_back_by_provider(payment: Payment, amount: int, sending: Sending) -> None:
    """Ask the guards of giving money back by the provider that brought it; nothing off-platform."""
    if not sending.is_by_gateway:
        return
    check_by_provider(payment)
    check_chargeable(amount, payment.currency)


def check_by_provider(payment: Payment) -> None:
    """Refuse a payment that no provider brought, or of which it can't send anything back now."""
    if payment.channel != GATEWAY or not payment.provider_ref:
        raise NotByProvider(payment=str(payment), field="bearer")
    if payment.status != SUCCESSFUL:
        raise NotSuccessful(payment=str(payment), status=payment.get_status_display().lower(), field="bearer")
    if payment.attention == DISPUTED:
        raise Disputed(payment=str(payment), field="bearer")
