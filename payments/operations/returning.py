"""Money that a bank takes back: off the account first, then off the invoices it was used on last; and given again."""

from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.db import transaction

from companies.operations.own_company import Ask
from core import audit, idempotency
from core.actors import Actor
from core.checks import LONGEST_REASON, amount_problem, check_choice, check_text
from core.errors import BalanceChanged, InvalidInput, refusal_of
from core.formats import amount_text
from core.locking import lock_one
from invoices.models import Invoice
from ledger.posting import post
from payments.domain.refusals import NothingReturnable, NotSuccessful, OverReturnable, ReturnReversed
from payments.domain.states import RETURNED as WHOLLY_RETURNED
from payments.domain.states import SUCCESSFUL
from payments.domain.wording import KIND, RETURNED, UNRETURNED
from payments.models import Allocation, Payment, PaymentReturn
from payments.operations.guards import as_uses, ask_second, check_value_date, lock_invoices, refuse_own
from payments.operations.money_facts import payment_note, publish_payment, return_entries, told
from payments.operations.money_rows import AllocationRow, Locked, agree, give_money_back, posting_day, use_money

PERMISSION = "payments.return"
RETURN, UNDO = "return", "undo_return"
ATTEMPTS = 3


def may_return(payment: Payment) -> bool:
    """Whether a bank can take money of it back."""
    return refusal_of(_check_returnable, payment) is None


def returnable(payment: Payment) -> int:
    """What a bank may still take back, minor units: all that came and was neither taken back nor kept.

    Also what went back to the customer: a bank does not ask, and what exceeds is *Paid back twice*.
    """
    return payment.amount - payment.returned - payment.kept


def overdrawn_by(payment: Payment, amount: int) -> int:
    """How much more goes back than came once a bank takes ``amount`` minor units; what is on its way back counts."""
    return max(amount - payment.allocated - payment.free, 0)


def _check_returnable(payment: Payment) -> None:
    if payment.status != SUCCESSFUL:
        raise NotSuccessful(payment=str(payment), status=payment.get_status_display().lower())
    if not returnable(payment):
        raise NothingReturnable(payment=str(payment))


def check_return(payment: Payment, amount: int, *, actor: Actor) -> None:
    """Ask every guard of recording that a bank took ``amount`` minor units back."""
    refuse_own(payment.account, actor)
    check_amount(payment, amount)


def check_amount(payment: Payment, amount: int) -> None:
    """Ask the guards of the payment and the amount."""
    _check_returnable(payment)
    if problem := amount_problem(amount, currency=payment.currency):
        raise InvalidInput(problem, field="amount")
    if amount > returnable(payment):
        most = amount_text(returnable(payment), payment.currency)
        raise OverReturnable(amount=most, payment=str(payment), most=returnable(payment), field="amount")


@transaction.atomic
def return_payment(
    *,
    payment: Payment,
    amount: int,
    reason: str,
    value_date: date,
    note: str = "",
    chosen: Sequence[Allocation] = (),
    actor: Actor,
    now: datetime,
    key: str | None,
    provider_ref: str | None = None,
) -> PaymentReturn:
    """Record that a bank took ``amount`` minor units back on ``value_date``, for a code of ``PaymentReturn.Reason``.

    Money on account goes first, then allocations, those ``chosen`` before the newest. An allocation that is touched in
    part is reversed whole and the rest of it allocated anew. Invoices become unpaid and keep their due date. What was
    given back already leaves the payment overdrawn.
    """
    note = check_text(note, longest=LONGEST_REASON, field="note")
    body = [payment.pk, amount, reason, value_date.isoformat(), note, [str(each.pk) for each in chosen]]
    again = idempotency.claim(actor=actor, operation="payments.return", key=key, body=body, now=now)
    if again:
        return PaymentReturn.objects.get(pk=again.result["return_id"])
    payment, live, invoices = _lock_with_invoices(payment, actor)
    arguments: dict[str, object] = {
        "amount": amount, "reason": reason, "value_date": value_date.isoformat(), "note": note,
        "chosen": [str(each.pk) for each in chosen],
    }  # fmt: skip
    check_return(payment, amount, actor=actor)
    check_choice(reason, PaymentReturn.Reason.values, field="reason")
    check_value_date(value_date, payment.account, now=now)
    ask = Ask(
        kind=KIND, verb=RETURN, object_id=payment.pk, subject=idempotency.fingerprint(body), thing=str(payment),
        reason=note, arguments=arguments,
    )  # fmt: skip
    ask_second(payment.account, actor, ask)
    locked = Locked(payment.account, invoices, {payment.pk: payment})
    day = posting_day(locked, now=now)
    moved = _free_up(locked, payment, amount, live, {each.pk for each in chosen}, note, actor, now, day)
    row = PaymentReturn.objects.create(
        payment=payment, amount=amount, reason=reason, note=note, value_date=value_date, posting_date=day,
        created_at=now, actor_id=actor.user_id, provider_ref=provider_ref,
    )  # fmt: skip
    payment.take_back(amount)
    agree(locked)
    post(
        account=locked.account, posting_date=day, verb=RETURNED, entries=return_entries(payment, amount, moved),
        actor=actor, now=now,
    )  # fmt: skip
    said = payment_note(
        RETURNED, payment, note=note, amount=amount, return_reason=reason, allocations=told(moved, invoices)
    )
    audit.record_many([said], actor=actor, now=now)
    publish_payment(RETURNED, payment, actor=actor, now=now, key=row.pk, moved=moved)
    idempotency.remember(actor=actor, operation="payments.return", key=key, result={"return_id": str(row.pk)})
    return row


def _lock_with_invoices(payment: Payment, actor: Actor) -> tuple[Payment, list[Allocation], dict[int, Invoice]]:
    """The payment, what its invoices still have of it, and these invoices, locked before it.

    Which they are is read, locked and read again; a new one starts it over, from a savepoint.
    """
    for _attempt in range(ATTEMPTS):
        ids = {row.invoice_id for row in live_allocations(payment)}
        savepoint = transaction.savepoint()
        invoices = lock_invoices(list(ids), marketplace_id=actor.marketplace_id)
        locked = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
        live = live_allocations(locked)
        if {row.invoice_id for row in live} <= invoices.keys():
            transaction.savepoint_commit(savepoint)
            return locked, live, invoices
        transaction.savepoint_rollback(savepoint)
    raise BalanceChanged


def live_allocations(payment: Payment) -> list[Allocation]:
    """What its invoices still have, the newest first."""
    rows = Allocation.objects.filter(payment_id=payment.pk, reverses__isnull=True, reversal__isnull=True)
    return list(rows.order_by("-created_at", "-pk"))


def _free_up(
    locked: Locked,
    payment: Payment,
    amount: int,
    live: Sequence[Allocation],
    chosen: set[object],
    reason: str,
    actor: Actor,
    now: datetime,
    day: date,
) -> list[AllocationRow]:
    """Bring ``amount`` minor units onto the account: reversals, and what is allocated anew of the last one."""
    going, anew = plan_return(payment.free, amount, live, chosen)
    if not going:
        return []
    moved = give_money_back(locked, going, reason=reason, actor=actor, now=now, day=day)
    if anew:
        uses = as_uses(payment, [(going[-1].invoice_id, anew)])
        moved = [*moved, *use_money(locked, uses, actor=actor, now=now, day=day)]
    return moved


def plan_return(
    on_account: int, amount: int, live: Sequence[Allocation], chosen: Collection[object] = ()
) -> tuple[list[Allocation], int]:
    """The allocations that a return of ``amount`` reverses, and what of the last one is allocated anew; minor units.

    Money ``on_account`` goes first, then those whose ids are ``chosen``, then ``live`` in its order.
    """
    missing = amount - on_account
    going: list[Allocation] = []
    for row in sorted(live, key=lambda each: each.pk not in chosen):
        if missing <= 0:
            break
        going.append(row)
        missing -= row.amount
    return going, max(-missing, 0) if going else 0


def may_undo(row: PaymentReturn) -> bool:
    """Whether the bank may give this money again."""
    return row.reverses_id is None and not hasattr(row, "reversal")


def check_undo(row: PaymentReturn, payment: Payment, *, actor: Actor) -> None:
    """Ask every guard of undoing a return."""
    refuse_own(payment.account, actor)
    check_still_returned(row, payment)


def check_still_returned(row: PaymentReturn, payment: Payment) -> None:
    """Ask the guards of the payment and the return."""
    if payment.status not in (SUCCESSFUL, WHOLLY_RETURNED):
        raise NotSuccessful(payment=str(payment), status=payment.get_status_display().lower())
    if row.reverses_id or PaymentReturn.objects.filter(reverses_id=row.pk).exists():
        raise ReturnReversed


@transaction.atomic
def undo_return(
    *, row: PaymentReturn, value_date: date, note: str = "", actor: Actor, now: datetime, key: str | None
) -> PaymentReturn:
    """The bank gave returned money again: an opposite row; the money is on account, and is used from there."""
    note = check_text(note, longest=LONGEST_REASON, field="note")
    body = [str(row.pk), value_date.isoformat(), note]
    again = idempotency.claim(actor=actor, operation="payments.undo_return", key=key, body=body, now=now)
    if again:
        return PaymentReturn.objects.get(pk=again.result["return_id"])
    payment = lock_one(Payment.objects.filter(pk=row.payment_id, marketplace_id=actor.marketplace_id))
    arguments: dict[str, object] = {"return": str(row.pk), "value_date": value_date.isoformat(), "note": note}
    check_undo(row, payment, actor=actor)
    check_value_date(value_date, payment.account, now=now)
    ask = Ask(
        kind=KIND, verb=UNDO, object_id=payment.pk, subject=str(row.pk), thing=str(payment), reason=note,
        arguments=arguments,
    )  # fmt: skip
    ask_second(payment.account, actor, ask)
    locked = Locked(payment.account, {}, {payment.pk: payment})
    day = max(posting_day(locked, now=now), row.posting_date)
    opposite = PaymentReturn.objects.create(
        payment=payment, amount=-row.amount, reverses=row, reason=row.reason, note=note, value_date=value_date,
        posting_date=day, created_at=now, actor_id=actor.user_id,
    )  # fmt: skip
    payment.take_back(-row.amount)
    agree(locked)
    post(
        account=locked.account, posting_date=day, verb=UNRETURNED, entries=return_entries(payment, -row.amount, []),
        actor=actor, now=now,
    )  # fmt: skip
    audit.record_many([payment_note(UNRETURNED, payment, note=note, amount=row.amount)], actor=actor, now=now)
    publish_payment(UNRETURNED, payment, actor=actor, now=now, key=opposite.pk)
    idempotency.remember(actor=actor, operation="payments.undo_return", key=key, result={"return_id": str(opposite.pk)})
    return opposite
