"""Pay out a memo that is in use: reverse what is applied, divide it, pay one part out and apply the rest again."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import MarketplaceSettings
from companies.operations.approvals import request
from core import idempotency
from core.actors import Actor
from core.checks import LONGEST_REASON, check_text
from core.errors import InvalidInput, refusal_of
from core.locking import lock, lock_one, take_turns
from core.models import Approval
from creditmemos.domain.balance import FULLY, OPEN, PARTIALLY
from creditmemos.domain.planning import Allocation
from creditmemos.domain.refusals import PayoutPending
from creditmemos.domain.wording import KIND, PAY_OUT
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked, return_credit, use_credit
from creditmemos.operations.applying import check_apply
from creditmemos.operations.dividing import Division, divide_locked
from creditmemos.operations.guards import asks_for_own, asks_second_person, needs_second_person, refuse_asked
from creditmemos.operations.holding import hold
from creditmemos.operations.reversing import check_given_back, record_reversal
from creditmemos.operations.undoing import live_applications
from creditmemos.operations.voiding import CarriedBalance
from creditmemos.queries.sources import sources_of
from invoices.models import Invoice
from payments.domain.refusals import NotPayable, PayoutMoved
from payments.models import Refund
from payments.operations.refund_moves import Sending, begin, check_sending
from payments.operations.refunding import (
    PERMISSION,
    check_paid_in,
    parties_of,
    refuse_own_now,
    sending_of,
    stored_sending,
    was_paid,
)

__all__ = ["PERMISSION", "check_agreed", "pay_out_agreed", "pay_out_used"]

Off = Collection[UUID]
"""The ids of applications that are taken off their invoices for good; the others are made again."""


def may_pay_out_used(memo: CreditMemo) -> bool:
    """Whether it is in use, could be divided, and nobody was asked to pay it out already."""
    return refusal_of(_check_used, memo) is None and refusal_of(refuse_asked, memo, PAY_OUT) is None


def _check_used(memo: CreditMemo) -> None:
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.status not in (PARTIALLY, FULLY) or memo.is_adjustment:
        raise NotPayable(memo=str(memo), status=memo.get_status_display().lower())
    if memo.source == CreditMemo.Source.CARRIED:
        raise CarriedBalance(memo=memo.number)


def amount_of(memo: CreditMemo, live: Sequence[Application], off: Off) -> int:
    """What is paid out, minor units: what is not applied, and what is taken off invoices."""
    return memo.total - sum(each.amount for each in live if each.pk not in off)


def check_pay_out_used(
    memo: CreditMemo, live: Sequence[Application], off: Off, *, confirmed: bool, actor: Actor
) -> bool:
    """Ask every guard of every step; whether a second person is asked for a relative of the operator.

    ``live`` are its applications that count, with their invoices. ``confirmed`` is needed where money paid the rest of
    an invoice that loses the credit.
    """
    refuse_asked(memo, PAY_OUT)
    is_related = asks_for_own(memo, actor)
    check_steps(memo, live, off, confirmed=confirmed)
    return is_related


def check_steps(memo: CreditMemo, live: Sequence[Application], off: Off, *, confirmed: bool) -> None:
    """Ask the guards that don't depend on who acts."""
    _check_used(memo)
    if not set(off) <= {each.pk for each in live}:
        raise PayoutMoved(memo=str(memo))
    for each in live:
        check_given_back(each, memo, each.invoice, confirmed=confirmed or each.pk not in off)
    amount = amount_of(memo, live, off)
    if not amount:
        raise InvalidInput(_("Choose what to take off invoices: all of it is applied."), field="off")
    check_paid_in(memo.account, amount)


def takes_two(memo: CreditMemo, *, actor: Actor, now: datetime) -> bool:
    """Whether paying all of it out would take more than one person, for a page."""
    settings = memo.marketplace.settings
    return not was_paid(memo, memo.total) or needs_second_person(
        settings, amount=memo.total, payer_id=memo.payer_id, actor=actor, now=now
    )


@transaction.atomic
def pay_out_used(
    *,
    memo: CreditMemo,
    off: Off,
    sending: Sending,
    reason: str,
    confirmed: bool,
    actor: Actor,
    now: datetime,
    key: str | None,
) -> Refund | Approval:
    """Pay out what is not applied of a memo, with what is taken ``off`` invoices, off-platform; with a reason.

    All applications are reversed, the memo is divided (unless all is paid out), and what was not taken off is applied
    again. Returns the refund, or the request where it takes two people, as paying out does.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    body = [memo.pk, sorted(map(str, off)), asdict(sending), reason, confirmed]
    again = idempotency.claim(actor=actor, operation="payments.pay_out_used", key=key, body=body, now=now)
    if again:
        known = again.result
        return (
            Refund.objects.get(pk=known["refund_id"])
            if "refund_id" in known
            else Approval.objects.get(pk=known["approval_id"])
        )
    memo, live = _lock(memo.pk, actor)
    is_related = check_pay_out_used(memo, live, off, confirmed=confirmed, actor=actor)
    sending = check_sending(sending, memo.account, now=now)
    amount = amount_of(memo, live, off)
    found: Refund | Approval
    if is_related or not was_paid(memo, amount) or _is_over_limit(memo, amount, actor, now):
        found = _ask(memo, live, off, sending, reason=reason, confirmed=confirmed, actor=actor, now=now)
    else:
        found = _carry_out(memo, live, off, sending, reason=reason, actor=actor, now=now, maker_id=actor.user_id)
    name = "refund_id" if isinstance(found, Refund) else "approval_id"
    idempotency.remember(actor=actor, operation="payments.pay_out_used", key=key, result={name: found.pk})
    return found


def _lock(memo_id: int, actor: Actor) -> tuple[CreditMemo, list[Application]]:
    """The memo, then its invoices and sources, in turn with other refunds; and the applications that count."""
    memo = lock_one(CreditMemo.objects.filter(pk=memo_id, marketplace_id=actor.marketplace_id))
    live = live_applications(memo)
    wanted = {each.invoice_id for each in live} | {each.invoice_id for each in sources_of([memo.pk])[memo.pk]}
    invoices = {row.pk: row for row in lock(Invoice.objects.filter(pk__in=wanted))}
    for each in live:
        each.memo, each.invoice = memo, invoices[each.invoice_id]
    take_turns("refund", memo.account_id)
    return memo, live


def _is_over_limit(memo: CreditMemo, amount: int, actor: Actor, now: datetime) -> bool:
    settings = MarketplaceSettings.objects.get(marketplace_id=memo.marketplace_id)
    return asks_second_person(settings, amount=amount, payer_id=memo.payer_id, actor=actor, now=now)


def _carry_out(
    memo: CreditMemo,
    live: Sequence[Application],
    off: Off,
    sending: Sending,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
    maker_id: int | None,
) -> Refund:
    """Reverse, divide, pay out and apply again; every guard was asked."""
    invoices = {each.invoice_id: each.invoice for each in live}
    reversals = return_credit(
        Locked(memo.account, {memo.pk: memo}, invoices), live, reason=reason, actor=actor, now=now
    )
    record_reversal(memo, reversals, reason=reason, actor=actor, now=now)
    going, kept = memo, _kept(live, off)
    if kept:
        amount = sum(kept.values())
        division = Division(memo, (), amounts=(amount, memo.total - amount))
        stays, going = divide_locked([division], reason=reason, actor=actor, now=now)[memo.pk]
        again = [Allocation(stays.pk, invoice_id, each) for invoice_id, each in kept.items()]
        locked = Locked(memo.account, {stays.pk: stays}, invoices)
        check_apply(locked, again, actor)
        use_credit(locked, again, actor=actor, now=now)
    return begin(
        going, going.total, sending, reason=reason, actor=actor, now=now, requested_by_id=maker_id,
    )  # fmt: skip


def _kept(live: Sequence[Application], off: Off) -> dict[int, int]:
    """What is applied again to each invoice, minor units."""
    kept: dict[int, int] = {}
    for each in live:
        if each.pk not in off:
            kept[each.invoice_id] = kept.get(each.invoice_id, 0) + each.amount
    return kept


def _ask(
    memo: CreditMemo,
    live: Sequence[Application],
    off: Off,
    sending: Sending,
    *,
    reason: str,
    confirmed: bool,
    actor: Actor,
    now: datetime,
) -> Approval:
    """Write the request down; what is left of the memo is on hold meanwhile."""
    if memo.status in OPEN and memo.balance and not memo.on_hold:
        memo = hold(memo=memo, actor=actor, now=now)
    told: dict[str, object] = {
        "sending": stored_sending(sending), "thing": str(memo), "off": sorted(map(str, off)),
        "live": _told(live), "confirmed": confirmed,
    }  # fmt: skip
    return request(
        kind=KIND, verb=PAY_OUT, object_id=memo.pk, company_id=memo.payer_id, amount=amount_of(memo, live, off),
        currency=memo.currency, reason=reason, actor=actor, now=now, arguments=told, audited={},
    )  # fmt: skip


def _told(live: Sequence[Application]) -> list[str]:
    return sorted(str(each.pk) for each in live)


def is_of_used(told: Mapping[str, object]) -> bool:
    """Whether a request to pay a memo out, by what it keeps, is about one that is in use."""
    return "off" in told


def off_of(told: Mapping[str, list[str]]) -> frozenset[UUID]:
    """What a request takes off invoices."""
    return frozenset(map(UUID, told["off"]))


def pay_out_agreed(approval: Approval, actor: Actor, now: datetime) -> Refund:
    """Carry out what a second person agreed to, after every guard was asked again, of the maker too."""
    memo, live = _lock(approval.object_id, actor)
    check_agreed(approval, memo, actor, live=live)
    maker_id = approval.requested_by_id
    return _carry_out(
        memo, live, off_of(approval.arguments), check_sending(sending_of(approval.arguments), memo.account, now=now),
        reason=approval.request_reason, actor=actor, now=now, maker_id=maker_id,
    )  # fmt: skip


def check_agreed(
    approval: Approval, memo: CreditMemo, actor: Actor, *, live: Sequence[Application] | None = None
) -> None:
    """Ask every guard of what was asked for, of both people; what is applied otherwise by now was not agreed to."""
    refuse_own_now([actor.user_id], parties_of(memo), maker_id=approval.requested_by_id)
    live = live_applications(memo) if live is None else live
    if _told(live) != approval.arguments["live"]:
        raise PayoutMoved(memo=str(memo))
    check_steps(memo, live, off_of(approval.arguments), confirmed=bool(approval.arguments["confirmed"]))
