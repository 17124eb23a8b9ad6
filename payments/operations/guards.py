"""Guards that verbs about money share: whose it is, what an invoice needs, days."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from companies.operations.own_company import Ask, asks_for_own_company, refuse_own_company
from core.actors import Actor
from core.checks import FIRST_DAY
from core.errors import Refusal
from core.formats import amount_text, day_text, reader
from core.locking import lock_ids
from creditmemos.operations.applying import OverDue
from invoices.domain.balance import PENDING, UNPAID
from invoices.models import Invoice
from ledger.models import BalanceAccount
from payments.domain.planning import Use
from payments.domain.refusals import (
    BeingPaid,
    InvoiceTwice,
    NothingToAllocate,
    NotOwed,
    NotSuccessful,
    OtherAccount,
    OverOnAccount,
    ValueDateInFuture,
    ValueDateTooOld,
)
from payments.domain.states import SUCCESSFUL
from payments.models import Payment

LOOK_AFTER = timedelta(minutes=10)
"""What a provider has not answered by then is looked up."""
MOST_INVOICES = 200
"""Invoices that one payment is used on at once."""


def refuse_own(account: BalanceAccount, actor: Actor) -> None:
    """Nobody says of their own company that it paid, or takes its money off its debts (I18)."""
    asks_for_own_company([actor.user_id], [account.payer_id])


def ask_second(account: BalanceAccount, actor: Actor, ask: Ask) -> None:
    """For relatives of the operator a second person is asked, once nothing else stands in the way."""
    refuse_own_company(actor, [account.payer_id], ask=ask)


def check_value_date(day: date, account: BalanceAccount, *, now: datetime) -> None:
    """A bank moved the money today or before; the day may lie in a closed period, as it decides no posting."""
    today = account.marketplace.today(now)
    if day > today:
        raise ValueDateInFuture(today=day_text(today, reader()), field="value_date")
    if day < FIRST_DAY:
        raise ValueDateTooOld(first=day_text(FIRST_DAY, reader()), field="value_date")


def room_of(invoice: Invoice) -> int:
    """What money may still settle of an invoice, minor units: its due less what is being paid already."""
    return invoice.amount_due - invoice.payment_pending if invoice.status in (UNPAID, PENDING) else 0


def may_be_paid(invoice: Invoice) -> bool:
    """Whether money can be used on an invoice."""
    return room_of(invoice) > 0


def check_uses(invoices: dict[int, Invoice], account: BalanceAccount, wanted: Sequence[tuple[int, int]]) -> None:
    """Ask every guard of amounts for invoices, (id, minor units); raises the first refusal."""
    for refusal in problems(invoices, account, wanted):
        raise refusal


def problems(
    invoices: dict[int, Invoice], account: BalanceAccount, wanted: Sequence[tuple[int, int]]
) -> Iterator[Refusal]:
    """Every refusal of these amounts, in their order, each with the field ``amount-<invoice>`` that it belongs to."""
    seen: set[int] = set()
    for invoice_id, amount in wanted:
        try:
            _check_use(invoices[invoice_id], account, amount, is_again=invoice_id in seen)
        except Refusal as refusal:
            yield refusal
        seen.add(invoice_id)


def _check_use(invoice: Invoice, account: BalanceAccount, amount: int, *, is_again: bool) -> None:
    field = f"amount-{invoice.pk}"
    if is_again:
        raise InvoiceTwice(invoice=str(invoice), field=field)
    if amount <= 0:
        raise NothingToAllocate(field=field)
    if invoice.account_id != account.pk:
        raise OtherAccount(invoice=str(invoice), field=field)
    if invoice.status not in (UNPAID, PENDING):
        raise NotOwed(invoice=str(invoice), status=invoice.get_status_display().lower(), field=field)
    room = room_of(invoice)
    if amount > room:
        left = amount_text(room, invoice.currency)
        if invoice.payment_pending:
            pending = amount_text(invoice.payment_pending, invoice.currency)
            raise BeingPaid(invoice=str(invoice), amount=left, pending=pending, room=room, field=field)
        raise OverDue(invoice=str(invoice), amount=left, room=room, field=field)


def check_on_account(payment: Payment, amount: int, *, field: str | None = None) -> None:
    """Refuse to use more money than the payment has on account and nothing reserves."""
    if payment.status != SUCCESSFUL:
        raise NotSuccessful(payment=str(payment), status=payment.get_status_display().lower(), field=field)
    if amount > payment.free:
        free = amount_text(payment.free, payment.currency)
        raise OverOnAccount(payment=str(payment), amount=free, free=payment.free, field=field)


def lock_invoices(ids: Sequence[int], *, marketplace_id: int) -> dict[int, Invoice]:
    """The marketplace's invoices with these ids, locked, as they are now."""
    found = lock_ids(Invoice.objects.moving(), set(ids), marketplace_id=marketplace_id) if ids else []
    return {invoice.pk: invoice for invoice in found}


def as_uses(payment: Payment, wanted: Sequence[tuple[int, int]]) -> list[Use]:
    """Amounts for invoices, (id, minor units), as uses of one payment."""
    return [Use(payment.pk, invoice_id, amount) for invoice_id, amount in wanted]
