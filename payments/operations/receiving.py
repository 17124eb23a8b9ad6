"""Record money that came in: a transfer, a cheque, cash; used on invoices at once, the rest on account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from companies.operations.own_company import Ask
from core import audit, idempotency
from core.actors import Actor
from core.checks import amount_problem, check_choice, check_text
from core.errors import InvalidInput, Missing
from core.formats import amount_text
from invoices.models import Invoice
from ledger.models import BalanceAccount
from ledger.posting import post
from payments.domain.refusals import OverPayment
from payments.domain.states import OFF_PLATFORM
from payments.domain.wording import ASKED, RECEIVED
from payments.models import Intended, Payment
from payments.operations.differences import check_rest, settle_rest
from payments.operations.guards import (
    MOST_INVOICES,
    as_uses,
    ask_second,
    check_uses,
    check_value_date,
    lock_invoices,
    refuse_own,
)
from payments.operations.money_facts import payment_note, publish_payment, receive_entries, told
from payments.operations.money_rows import Locked, posting_day, use_money
from payments.operations.numbering import take_number

PERMISSION = "payments.record"
RECORD = "record_payment"
"""What a second person is asked about a company that is a relative of the operator."""
LONGEST_REFERENCE, LONGEST_NOTE = 140, 1000


@dataclass(frozen=True, slots=True)
class Received:
    """A payment as it is typed: ``amount`` in minor units; ``is_pending``: announced, but not there yet."""

    amount: int
    means: str
    value_date: date
    reference: str = ""
    note: str = ""
    is_pending: bool = False
    keep_on_account: bool = False


def check_received(received: Received, account: BalanceAccount, *, actor: Actor, now: datetime) -> Received:
    """Ask every guard of the payment itself; gives it with its texts trimmed."""
    if account.marketplace_id != actor.marketplace_id:
        raise Missing
    if problem := amount_problem(received.amount, currency=account.currency):
        raise InvalidInput(problem, field="amount")
    check_choice(received.means, Payment.Means.values, field="means")
    check_value_date(received.value_date, account, now=now)
    reference = check_text(received.reference, longest=LONGEST_REFERENCE, field="reference")
    note = check_text(received.note, longest=LONGEST_NOTE, field="note")
    return Received(
        received.amount, received.means, received.value_date, reference, note, received.is_pending,
        received.keep_on_account,
    )  # fmt: skip


def check_record(
    received: Received,
    account: BalanceAccount,
    wanted: Sequence[tuple[int, int]],
    invoices: dict[int, Invoice],
    *,
    actor: Actor,
    now: datetime,
) -> Received:
    """Ask every guard of recording; ``wanted`` are amounts for invoices, (id, minor units)."""
    refuse_own(account, actor)
    received = check_received(received, account, actor=actor, now=now)
    check_wanted(received, account, wanted, invoices)
    return received


def check_wanted(
    received: Received, account: BalanceAccount, wanted: Sequence[tuple[int, int]], invoices: dict[int, Invoice]
) -> None:
    """Ask the guards of what the payment is used on."""
    if len(wanted) > MOST_INVOICES or any(invoice_id not in invoices for invoice_id, _amount in wanted):
        raise Missing
    check_uses(invoices, account, wanted)
    over = sum(amount for _invoice, amount in wanted) - received.amount
    if over > 0:
        more, most = amount_text(over, account.currency), amount_text(received.amount, account.currency)
        raise OverPayment(over=more, amount=most, field="amount")


@transaction.atomic
def record_payment(
    *,
    account: BalanceAccount,
    received: Received,
    wanted: Sequence[tuple[int, int]] = (),
    actor: Actor,
    now: datetime,
    key: str | None,
    asked_by: int | None = None,
    settle: Sequence[int] = (),
) -> Payment:
    """Record an off-platform payment, and use it on invoices of the same account: (id, minor units).

    A pending one posts nothing: the invoices wait for it (``payment_pending``) until it is settled or fails.
    ``settle`` are the ids of those of which the small difference that stays open is settled at once.
    ``asked_by`` is the id of the user whose request the actor carries out.
    """
    body = [account.pk, repr(received), [list(each) for each in wanted], list(settle)]
    again = idempotency.claim(actor=actor, operation="payments.record", key=key, body=body, now=now)
    if again:
        return Payment.objects.get(pk=again.result["payment_id"])
    invoices = lock_invoices([pk for pk, _amount in wanted], marketplace_id=actor.marketplace_id)
    received = check_record(received, account, wanted, invoices, actor=actor, now=now)
    check_rest(settle, wanted, invoices, is_pending=received.is_pending)
    ask_second(account, actor, _ask(account, received, wanted, settle))
    payment = Payment(
        number=take_number(account.marketplace_id), marketplace_id=account.marketplace_id, account=account,
        merchant_id=account.merchant_id, payer_id=account.payer_id, currency=account.currency, channel=OFF_PLATFORM,
        means=received.means, source=Payment.Source.STAFF, asked=received.amount, value_date=received.value_date,
        reference=received.reference, note=received.note, keep_on_account=received.keep_on_account,
        requested_by_id=asked_by or actor.user_id, approved_by_id=actor.second_to(asked_by),
        acting_company_id=actor.company_id, requested_at=now,
    )  # fmt: skip
    if received.is_pending:
        _intend(payment, wanted, actor=actor, now=now)
    else:
        receive(payment, Locked(account, invoices, {}), wanted, amount=received.amount, actor=actor, now=now)
    settle_rest(settle, invoices, payment, actor=actor, now=now)
    idempotency.remember(actor=actor, operation="payments.record", key=key, result={"payment_id": payment.pk})
    return payment


def receive(
    payment: Payment,
    locked: Locked,
    wanted: Sequence[tuple[int, int]],
    *,
    amount: int,
    actor: Actor,
    now: datetime,
    told_as: str = RECEIVED,
) -> None:
    """Let ``amount`` minor units arrive, used as ``wanted``; ``locked`` holds the invoices, guards were asked.

    ``told_as`` is the verb of its audit row.
    """
    day = posting_day(locked, now=now)
    payment.settled_at, payment.posting_date = now, day
    payment.succeed(amount)
    payment.save()
    locked.payments[payment.pk] = payment
    moved = use_money(locked, as_uses(payment, wanted), actor=actor, now=now, day=day)
    post(
        account=locked.account, posting_date=day, verb=RECEIVED, entries=receive_entries(payment, moved), actor=actor,
        now=now,
    )  # fmt: skip
    note = payment_note(told_as, payment, amount=payment.amount, allocations=told(moved, locked.invoices))
    audit.record_many([note], actor=actor, now=now)
    publish_payment(RECEIVED, payment, actor=actor, now=now, key=payment.pk, moved=moved)


def _intend(payment: Payment, wanted: Sequence[tuple[int, int]], *, actor: Actor, now: datetime) -> None:
    payment.save()
    for invoice_id, amount in wanted:
        Intended.objects.create(payment=payment, invoice_id=invoice_id, amount=amount)
    audit.record_many([payment_note(ASKED, payment, amount=payment.asked)], actor=actor, now=now)
    publish_payment(ASKED, payment, actor=actor, now=now, key=payment.pk)


def _ask(account: BalanceAccount, received: Received, wanted: Sequence[tuple[int, int]], settle: Sequence[int]) -> Ask:
    """Of the company, as there is no payment yet, nor an account that stays where this one was opened for it."""
    told_of: dict[str, object] = {
        "merchant": account.merchant_id,
        "received": {
            "amount": received.amount, "means": received.means, "value_date": received.value_date.isoformat(),
            "reference": received.reference, "note": received.note, "is_pending": received.is_pending,
            "keep_on_account": received.keep_on_account,
        },
        "wanted": [list(each) for each in wanted],
        "settle": list(settle),
    }  # fmt: skip
    return Ask(
        kind="company", verb=RECORD, object_id=account.payer_id, subject=idempotency.fingerprint(told_of),
        thing=amount_text(received.amount, account.currency), reason=received.note, arguments=told_of,
    )  # fmt: skip
