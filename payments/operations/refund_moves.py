"""What a refund does to the memo or payment that it pays back, which is locked: row, figures, journal, audit, event."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from core import audit, outbox, rows
from core.actors import Actor
from core.audit import Note
from core.checks import check_choice, check_text
from creditmemos.domain.wording import INVOICE
from creditmemos.models import CreditMemo
from creditmemos.operations.application_rows import BooksOutOfBalance
from invoices.models import Invoice
from ledger.domain.kinds import Account
from ledger.models import BalanceAccount
from ledger.posting import Entry, post
from payments.domain.states import GATEWAY, OFF_PLATFORM
from payments.domain.wording import (
    KIND,
    MEMO,
    REFUND_ASKED,
    REFUND_FAILED,
    REFUND_REQUESTED,
    REFUND_RETURNED,
    REFUND_SENT,
)
from payments.models import Payment, Refund
from payments.operations.guards import LOOK_AFTER, check_value_date
from payments.operations.money_rows import Locked, agree
from payments.operations.receiving import LONGEST_NOTE, LONGEST_REFERENCE

Source = CreditMemo | Payment | Invoice
"""What is paid back: a memo whole, money on account of a payment, or the balance that a V1 invoice carries on."""

_MEMO_FIGURES = "SELECT id, payout_pending, paid_out, balance, status, on_hold FROM creditmemos_creditmemo"
_INVOICE_FIGURES = "SELECT id, carried_taken FROM invoices_invoice"


@dataclass(frozen=True, slots=True)
class Sending:
    """How money goes back: a code of ``Payment.Means``, and the day on which a bank moved it.

    ``is_pending``: the bank was told and has not moved it yet; the day comes when it has. By the channel of gateways a
    provider is asked to send it: that of the payment ``bearer`` (an id), where a memo is paid out.
    """

    means: str
    value_date: date
    reference: str = ""
    note: str = ""
    is_pending: bool = False
    channel: str = OFF_PLATFORM
    bearer: int | None = None

    @property
    def is_by_gateway(self) -> bool:
        """Whether a provider is asked."""
        return self.channel == GATEWAY


def by_gateway(payment: Payment, *, note: str = "", now: datetime) -> Sending:
    """Back to where a payment came from, by its provider, which says when it went."""
    today = payment.account.marketplace.today(now)
    return Sending(payment.means, today, note=note, is_pending=True, channel=GATEWAY, bearer=payment.pk)


def check_sending(sending: Sending, account: BalanceAccount, *, now: datetime) -> Sending:
    """Ask every guard of how money goes back; gives it with its texts trimmed."""
    check_choice(sending.means, Payment.Means.values, field="means")
    check_value_date(sending.value_date, account, now=now)
    reference = check_text(sending.reference, longest=LONGEST_REFERENCE, field="reference")
    note = check_text(sending.note, longest=LONGEST_NOTE, field="note")
    check_choice(sending.channel, (OFF_PLATFORM, GATEWAY), field="channel")
    is_pending = sending.is_pending or sending.is_by_gateway
    return replace(sending, reference=reference, note=note, is_pending=is_pending)


def begin(
    source: Source,
    amount: int,
    sending: Sending,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    requested_by_id: int | None,
    bearer: Payment | None = None,
) -> Refund:
    """Reserve ``amount`` minor units of ``source`` and, unless the bank still has to move them, let them go.

    ``requested_by_id`` is who asked: where that is another than ``actor``, the actor is who agreed.
    ``bearer`` is the payment that bears what is paid of a memo, where one does.
    By gateway, the provider is asked after commit.
    """
    account = source.account
    refund = Refund(
        marketplace_id=account.marketplace_id, account=account, merchant_id=account.merchant_id,
        payer_id=account.payer_id, currency=account.currency, amount=amount,
        channel=sending.channel, look_at=now + LOOK_AFTER if sending.is_by_gateway else None,
        means=sending.means, reason=reason, reference=sending.reference, note=sending.note,
        memo=source if isinstance(source, CreditMemo) else None,
        payment=source if isinstance(source, Payment) else bearer,
        invoice=source if isinstance(source, Invoice) else None,
        requested_by_id=requested_by_id, approved_by_id=actor.second_to(requested_by_id),
        acting_company_id=actor.company_id, requested_at=now,
    )  # fmt: skip
    refund.save()
    if isinstance(source, CreditMemo):
        source.reserve_payout()
    elif isinstance(source, Invoice):
        source.carried_taken = amount
    else:
        source.reserve_give_back(amount)
    if sending.is_pending:
        _agree(source)
        verb = REFUND_REQUESTED if sending.is_by_gateway else REFUND_ASKED
        _tell(verb, refund, source, note=reason, actor=actor, now=now)
    else:
        succeed(refund, source, value_date=sending.value_date, note=reason, actor=actor, now=now)
    return refund


def succeed(refund: Refund, source: Source, *, value_date: date, note: str = "", actor: Actor, now: datetime) -> None:
    """The money of a pending refund went on ``value_date``."""
    refund.settled_at, refund.value_date, refund.posting_date = now, value_date, _posting_day(source, now)
    refund.succeed()
    refund.save(update_fields=["status", "settled_at", "value_date", "posting_date"])
    if isinstance(source, CreditMemo):
        source.pay_out()
    elif isinstance(source, Payment):
        source.reserve_give_back(-refund.amount)
        source.give_back(refund.amount)
    _agree(source)
    _post(REFUND_SENT, refund, source, refund.amount, refund.posting_date, actor=actor, now=now)
    _tell(REFUND_SENT, refund, source, note=note, actor=actor, now=now)


def fail(refund: Refund, source: Source, *, why: str, code: str = "", actor: Actor, now: datetime) -> None:
    """Nothing went, and ``why``: what was reserved is free again, credit of refunded items on hold.

    ``code`` is what a provider calls it.
    """
    refund.failed_at, refund.failure_text, refund.failure_code = now, why, code
    refund.fail()
    refund.save(update_fields=["status", "failed_at", "failure_text", "failure_code"])
    if isinstance(source, CreditMemo):
        source.release_payout()
        if source.source == CreditMemo.Source.REFUND and not source.on_hold:
            source.on_hold = True
            source.save(update_fields=["on_hold"])
    elif isinstance(source, Invoice):
        source.carried_taken = 0
    else:
        source.reserve_give_back(-refund.amount)
    _agree(source)
    _tell(REFUND_FAILED, refund, source, note=why, actor=actor, now=now)


def come_back(
    refund: Refund, source: Source, *, value_date: date, note: str, code: str = "", actor: Actor, now: datetime
) -> None:
    """What went came back on ``value_date``: a memo is credit again, on hold; else the money is on account again.

    ``code`` is why, as a provider says it.
    """
    refund.returned_at, refund.returned_on, refund.failure_code = now, value_date, code
    refund.come_back()
    refund.save(update_fields=["status", "returned_at", "returned_on", "failure_code"])
    if isinstance(source, CreditMemo):
        source.return_payout()
    elif isinstance(source, Invoice):
        source.carried_taken = 0
    else:
        source.give_back(-refund.amount)
    _agree(source)
    day = max(_posting_day(source, now), refund.posting_date or date.min)
    _post(REFUND_RETURNED, refund, source, -refund.amount, day, actor=actor, now=now)
    _tell(REFUND_RETURNED, refund, source, note=note, actor=actor, now=now)


def _posting_day(source: Source, now: datetime) -> date:
    """Today in the marketplace's zone, but never before the document: a clock may have gone back since."""
    begun = source.posting_date if isinstance(source, Payment) else source.issue_date
    return max(source.account.marketplace.today(now), begun or date.min)


def _agree(source: Source) -> None:
    """Read back what the triggers settled and compare it with the transitions made in memory."""
    if isinstance(source, Payment):
        agree(Locked(source.account, {}, {source.pk: source}))
        return
    if isinstance(source, Invoice):
        for pk, taken in rows.read_back(_INVOICE_FIGURES, {source.pk: source}):
            if taken != source.carried_taken:
                raise BooksOutOfBalance(f"invoice {pk}")
        return
    for pk, *figures in rows.read_back(_MEMO_FIGURES, {source.pk: source}):
        known = [source.payout_pending, source.paid_out, source.balance, source.status, source.on_hold]
        if figures != known:
            raise BooksOutOfBalance(f"memo {pk}")


def _post(verb: str, refund: Refund, source: Source, amount: int, day: date, *, actor: Actor, now: datetime) -> None:
    """Credit or money on account against money clearing; ``amount`` below zero came back."""
    if isinstance(source, CreditMemo):
        owed = Entry(Account.CUSTOMER_CREDIT, amount, memo_id=source.pk)
    elif isinstance(source, Invoice):
        owed = Entry(Account.RECEIVABLE, amount, invoice_id=source.pk)
    else:
        owed = Entry(Account.UNALLOCATED, amount, payment_id=source.pk)
    way = f"{refund.channel} {refund.means}"
    clearing = Entry(Account.MONEY_CLEARING, -amount, payment_id=refund.payment_id, detail=way)
    post(account=source.account, posting_date=day, verb=verb, entries=[owed, clearing], actor=actor, now=now)


def _tell(verb: str, refund: Refund, source: Source, *, note: str, actor: Actor, now: datetime) -> None:
    """The audit row, about what is paid back, and the event."""
    kind = {CreditMemo: MEMO, Invoice: INVOICE}.get(type(source), KIND)
    after: dict[str, object] = {"amount": refund.amount, "currency": refund.currency, "means": refund.means}
    said = Note(verb, kind, source.pk, refund.payer_id, after, None, note)
    audit.record_many([said], actor=actor, now=now)
    outbox.publish(
        topic=verb,
        key=f"{verb}:{refund.pk}",
        marketplace_id=refund.marketplace_id,
        payload={"refund_id": refund.pk, "account_id": refund.account_id, "memo_id": refund.memo_id},
        now=now,
    )
