"""Charge a saved method for invoices: the row first, then the provider is asked after commit."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core import audit, idempotency
from core.actors import Actor
from core.errors import Missing
from invoices.models import Invoice
from ledger.models import BalanceAccount
from payments.domain.refusals import BeingCharged, MethodNotUsable, NothingToAllocate, NotRetried
from payments.domain.states import FAILED, GATEWAY, PENDING
from payments.domain.wording import CHARGE_REQUESTED
from payments.gateway.amounts import check_chargeable
from payments.models import Intended, Payment, PaymentMethod
from payments.operations.guards import LOOK_AFTER, MOST_INVOICES, check_uses, lock_invoices, refuse_own
from payments.operations.money_facts import payment_note, publish_payment
from payments.operations.numbering import take_number

PERMISSION = "payments.charge"
_MEANS = {PaymentMethod.Kind.CARD.value: Payment.Means.CARD, PaymentMethod.Kind.OTHER.value: Payment.Means.OTHER}


def may_charge(method: PaymentMethod) -> bool:
    """Whether the method can be charged at all."""
    return method.state == PaymentMethod.State.ACTIVE


def check_charge(
    method: PaymentMethod,
    account: BalanceAccount,
    wanted: Sequence[tuple[int, int]],
    invoices: dict[int, Invoice],
    *,
    actor: Actor,
    source: str = Payment.Source.STAFF,
    retry_of: Payment | None = None,
) -> None:
    """Ask every guard of charging ``wanted``, (invoice id, minor units), to a method of the account's payer.

    Staff don't charge their own company (I18); a customer pays its own invoices.
    """
    if account.marketplace_id != actor.marketplace_id or method.payer_id != account.payer_id:
        raise Missing
    if method.gateway_account.merchant_id != account.merchant_id or any(pk not in invoices for pk, _amount in wanted):
        raise Missing
    if source == Payment.Source.STAFF:
        refuse_own(account, actor)
    if not (may_charge(method) and method.gateway_account.is_active):
        raise MethodNotUsable(method=str(method), field="method")
    if not wanted or len(wanted) > MOST_INVOICES:
        raise NothingToAllocate
    _check_alone(invoices)
    check_uses(invoices, account, wanted)
    check_chargeable(sum(amount for _invoice, amount in wanted), account.currency)
    if retry_of is not None and (retry_of.status != FAILED or retry_of.account_id != account.pk):
        raise NotRetried(payment=str(retry_of), status=retry_of.get_status_display().lower())


def _check_alone(invoices: dict[int, Invoice]) -> None:
    """One live charge for an invoice (I22)."""
    live = Intended.objects.filter(
        invoice_id__in=invoices, payment__channel=GATEWAY, payment__status=PENDING
    ).values_list("invoice_id", flat=True)
    for invoice_id in live:
        raise BeingCharged(invoice=str(invoices[invoice_id]), field=f"amount-{invoice_id}")


@transaction.atomic
def charge(
    *,
    account: BalanceAccount,
    method: PaymentMethod,
    wanted: Sequence[tuple[int, int]],
    actor: Actor,
    now: datetime,
    key: str | None,
    source: str = Payment.Source.STAFF,
    retry_of: Payment | None = None,
) -> Payment:
    """Ask that a saved method is charged for invoices of one account: (id, minor units).

    Nothing posts: the invoices wait (``payment_pending``) until the provider says what became of it. A retry is a row
    of its own with another key; what it repeats was stopped at the provider when it failed.
    """
    body = [account.pk, method.pk, [list(each) for each in wanted], retry_of.pk if retry_of else None]
    again = idempotency.claim(actor=actor, operation="payments.charge", key=key, body=body, now=now)
    if again:
        return Payment.objects.get(pk=again.result["payment_id"])
    invoices = lock_invoices([pk for pk, _amount in wanted], marketplace_id=actor.marketplace_id)
    check_charge(method, account, wanted, invoices, actor=actor, source=source, retry_of=retry_of)
    payment = Payment.objects.create(
        number=take_number(account.marketplace_id), marketplace_id=account.marketplace_id, account=account,
        merchant_id=account.merchant_id, payer_id=account.payer_id, currency=account.currency, channel=GATEWAY,
        means=_MEANS.get(method.kind, Payment.Means.DIRECT_DEBIT), source=source,
        asked=sum(amount for _invoice, amount in wanted), value_date=account.marketplace.today(now),
        gateway_account_id=method.gateway_account_id, method=method, look_at=now + LOOK_AFTER, retry_of=retry_of,
        requested_by_id=actor.user_id, acting_company_id=actor.company_id, requested_at=now,
    )  # fmt: skip
    for invoice_id, amount in wanted:
        Intended.objects.create(payment=payment, invoice_id=invoice_id, amount=amount)
    note = payment_note(CHARGE_REQUESTED, payment, amount=payment.asked, method=method.label)
    audit.record_many([note], actor=actor, now=now)
    publish_payment(CHARGE_REQUESTED, payment, actor=actor, now=now, key=payment.pk)
    idempotency.remember(actor=actor, operation="payments.charge", key=key, result={"payment_id": payment.pk})
    return payment
