"""Use money on account on invoices: by hand with amounts given, or automatically by the marketplace's policy."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from core import audit, idempotency
from core.actors import Actor, pipeline
from core.errors import Missing
from core.locking import lock, lock_one
from creditmemos.domain.planning import Debt
from creditmemos.operations.applying import as_debt
from invoices.domain.balance import PENDING, UNPAID
from invoices.models import Invoice
from ledger.models import BalanceAccount
from ledger.posting import post
from payments.domain.planning import Money, Use, plan_money
from payments.domain.refusals import NothingToAllocate
from payments.domain.wording import ALLOCATED
from payments.models import Intended, Payment
from payments.operations.differences import settle_rest
from payments.operations.guards import MOST_INVOICES, as_uses, check_on_account, check_uses, lock_invoices, room_of
from payments.operations.money_facts import allocate_entries, payment_note, publish_payment, told
from payments.operations.money_rows import AllocationRow, Locked, posting_day, use_money

PERMISSION = "payments.allocate"


def may_allocate(payment: Payment) -> bool:
    """Whether it has money that invoices may have."""
    return payment.is_settled and payment.free > 0


def check_allocate(payment: Payment, invoices: dict[int, Invoice], wanted: Sequence[tuple[int, int]]) -> None:
    """Ask every guard of using a payment's money on these invoices, (id, minor units)."""
    if not wanted:
        raise NothingToAllocate
    if len(wanted) > MOST_INVOICES or any(invoice_id not in invoices for invoice_id, _amount in wanted):
        raise Missing
    check_uses(invoices, payment.account, wanted)
    check_on_account(payment, sum(amount for _invoice, amount in wanted), field=_first_beyond(payment, wanted))


def _first_beyond(payment: Payment, wanted: Sequence[tuple[int, int]]) -> str | None:
    """The field of the first amount that the money on account does not cover, once those before it have theirs."""
    used = 0
    for invoice_id, amount in wanted if payment.is_settled else ():
        used += amount
        if used > payment.free:
            return f"amount-{invoice_id}"
    return None


@transaction.atomic
def allocate(
    *,
    payment: Payment,
    wanted: Sequence[tuple[int, int]],
    actor: Actor,
    now: datetime,
    key: str | None,
    settle: Sequence[int] = (),
) -> Payment:
    """Use a payment's money on account on invoices of the same account, (id, minor units); all or none.

    ``settle`` are the ids of those of which the small difference that stays open is settled at once.
    """
    body = [payment.pk, [list(each) for each in wanted], list(settle)]
    again = idempotency.claim(actor=actor, operation="payments.allocate", key=key, body=body, now=now)
    if again:
        return Payment.objects.get(pk=payment.pk)
    invoices = lock_invoices([pk for pk, _amount in wanted], marketplace_id=actor.marketplace_id)
    payment = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
    check_allocate(payment, invoices, wanted)
    locked = Locked(payment.account, invoices, {payment.pk: payment})
    use_on_account(locked, as_uses(payment, wanted), actor=actor, now=now)
    settle_rest(settle, invoices, payment, actor=actor, now=now)
    idempotency.remember(actor=actor, operation="payments.allocate", key=key, result={"payment_id": payment.pk})
    return payment


@transaction.atomic
def allocate_automatically(*, account_id: int, now: datetime) -> list[AllocationRow]:
    """Use an account's money on account on its unpaid invoices by the marketplace's policy; nothing when none fits.

    Payments whose money stays on account are left alone. Running it again finds nothing more to do.
    """
    account = BalanceAccount.objects.select_related("marketplace__settings", "payer", "merchant").get(pk=account_id)
    free = Payment.objects.filter(account_id=account_id, keep_on_account=False).on_account()
    if not free.exists():
        return []
    invoices = lock(Invoice.objects.filter(account_id=account_id, status__in=(UNPAID, PENDING)))
    payments = lock(free)
    debts = [debt for invoice in invoices if (debt := debt_of(invoice)).due > 0]
    uses = plan_money(_money(payments), debts, order=account.marketplace.settings.apply_order)
    if not uses:
        return []
    locked = Locked(account, {row.pk: row for row in invoices}, {row.pk: row for row in payments})
    return use_on_account(locked, uses, actor=pipeline(account.marketplace_id), now=now, automatic=True)


def use_on_account(
    locked: Locked, uses: Sequence[Use], *, actor: Actor, now: datetime, automatic: bool = False
) -> list[AllocationRow]:
    """Write uses of money on account: rows, one posting, an audit row and an event for each payment."""
    day = posting_day(locked, now=now)
    moved = use_money(locked, uses, actor=actor, now=now, day=day, automatic=automatic)
    post(
        account=locked.account, posting_date=day, verb=ALLOCATED, entries=allocate_entries(moved), actor=actor, now=now
    )
    by_payment: dict[int, list[AllocationRow]] = {}
    for row in moved:
        by_payment.setdefault(row.payment_id, []).append(row)
    notes = [
        payment_note(ALLOCATED, locked.payments[pk], allocations=told(own, locked.invoices), automatic=automatic)
        for pk, own in by_payment.items()
    ]
    audit.record_many(notes, actor=actor, now=now)
    for pk, own in by_payment.items():
        publish_payment(ALLOCATED, locked.payments[pk], actor=actor, now=now, key=own[0].id, moved=own)
    return moved


def debt_of(invoice: Invoice) -> Debt:
    """An invoice as the planner sees it: what is being paid already is left to that payment."""
    debt = as_debt(invoice)
    return Debt(debt.invoice_id, room_of(invoice), debt.due_date, debt.issue_date, debt.sequence, debt.billed_user_id)


def _money(payments: Sequence[Payment]) -> list[Money]:
    meant: dict[int, set[int]] = {}
    pairs = Intended.objects.filter(payment__in=[row.pk for row in payments]).values_list("payment_id", "invoice_id")
    for payment_id, invoice_id in pairs:
        meant.setdefault(payment_id, set()).add(invoice_id)
    return [
        Money(row.pk, row.free, row.posting_date or row.value_date, frozenset(meant.get(row.pk, ())))
        for row in payments
    ]
