"""Send money back: pay a credit memo out, or give money on account back; alone or with a second person.

Off-platform a person says that a bank moved it; by gateway the provider that brought a payment is asked to.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils.translation import gettext as _

from companies.models import MarketplaceSettings
from companies.operations.approvals import request
from companies.operations.own_company import asks_for_own_company
from core import idempotency
from core.actors import Actor
from core.checks import LONGEST_REASON, check_amount, check_text
from core.errors import refusal_of
from core.formats import amount_text
from core.locking import lock_one, take_turns
from core.models import Approval
from creditmemos.domain.balance import UNAPPLIED
from creditmemos.domain.refusals import PayoutPending
from creditmemos.domain.wording import KIND as MEMO_REQUEST
from creditmemos.domain.wording import PAY_OUT
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import asks_for_own, asks_second_person, needs_second_person, refuse_asked
from creditmemos.operations.holding import hold
from ledger.models import BalanceAccount
from payments.domain.refusals import NothingPaidIn, NotPayable, OverPaidIn, SentBackAlready
from payments.domain.wording import GIVE_BACK, KIND
from payments.models import Allocation, Payment, Refund
from payments.operations.by_provider import bearer_of, check_back_by_provider, check_bearer, lock_bearer
from payments.operations.guards import check_on_account
from payments.operations.refund_moves import Sending, Source, begin, check_sending
from payments.queries.sent_back import left_of, left_to_send, paid_less_sent, source_ids

PERMISSION = "payments.refund"


def may_pay_out(memo: CreditMemo) -> bool:
    """Whether the memo can be paid out, and nobody was asked to already."""
    return memo.payout_pending == 0 and refusal_of(_check_unasked, memo) is None


def may_give_back(payment: Payment) -> bool:
    """Whether it has money on account that nothing reserves."""
    return payment.is_settled and payment.free > 0


def check_payable(memo: CreditMemo) -> None:
    """Ask the guards of the memo itself: it is paid out whole, unused, once."""
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.status != UNAPPLIED:
        raise NotPayable(memo=str(memo), status=memo.get_status_display().lower())


def _check_unasked(memo: CreditMemo) -> None:
    check_payable(memo)
    refuse_asked(memo, PAY_OUT)


def check_paid_in(account: BalanceAccount, amount: int, *, field: str | None = None) -> None:
    """Refuse to send more back than the customer paid and was not sent or taken back already (I21)."""
    left = left_to_send(account.pk)
    if left <= 0:
        raise NothingPaidIn(payer=account.payer, field=field)
    if amount > left:
        raise OverPaidIn(amount=amount_text(left, account.currency), payer=account.payer, field=field)


def most_to_give_back(payment: Payment) -> int:
    """What of its money on account may go back, minor units: what is free, and what the account may be sent."""
    return max(min(payment.free, left_of(payment), left_to_send(payment.account_id)), 0)


def check_pay_out(memo: CreditMemo, *, actor: Actor) -> bool:
    """Ask every guard of paying a memo out; whether a second person is asked for a relative of the operator."""
    _check_unasked(memo)
    is_related = asks_for_own(memo, actor)
    check_paid_in(memo.account, memo.total)
    return is_related


def pay_out_takes_two(memo: CreditMemo, *, actor: Actor, now: datetime) -> bool:
    """Whether more than one person is needed, for a page: above the limit, or for credit that no money paid before."""
    settings = memo.marketplace.settings
    return not was_paid(memo, memo.total) or needs_second_person(
        settings, amount=memo.total, payer_id=memo.payer_id, actor=actor, now=now
    )


def was_paid(memo: CreditMemo, amount: int) -> bool:
    """Whether money paid ``amount`` of the invoices that the memo credits, beside what memos of theirs sent back."""
    sources = source_ids(memo)
    return bool(sources) and amount <= paid_less_sent(memo, sources)


@transaction.atomic
def pay_out(
    *, memo: CreditMemo, sending: Sending, reason: str, actor: Actor, now: datetime, key: str | None
) -> Refund | Approval:
    """Pay a memo's whole credit to the customer as money, with a reason; by gateway where ``sending`` names a bearer.

    Returns the refund, or the request where it takes two people: above the approval limit, for credit that no money
    paid before, and for a relative of the operator. The memo is on hold while the request waits.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    again = idempotency.claim(
        actor=actor, operation="payments.pay_out", key=key, body=[memo.pk, asdict(sending), reason], now=now
    )
    if again:
        return _first_time(again.result)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    bearer = lock_bearer(sending, memo.account_id)
    take_turns("refund", memo.account_id)
    is_related = check_pay_out(memo, actor=actor)
    check_bearer(memo, bearer)
    sending = check_sending(sending, memo.account, now=now)
    found: Refund | Approval
    if is_related or not was_paid(memo, memo.total) or _is_over_limit(memo, memo.total, actor, now):
        if not memo.on_hold:
            memo = hold(memo=memo, actor=actor, now=now)
        found = _ask(MEMO_REQUEST, PAY_OUT, memo, memo.total, sending, reason=reason, actor=actor, now=now)
    else:
        found = begin(
            memo, memo.total, sending, reason=reason, actor=actor, now=now, requested_by_id=actor.user_id, bearer=bearer
        )
    _remember("payments.pay_out", key, found, actor)
    return found


def check_give_back(payment: Payment, amount: int, *, actor: Actor) -> bool:
    """Ask every guard of giving ``amount`` minor units back; whether a second person is asked for a relative."""
    is_related = asks_for_own_company([actor.user_id], [payment.payer_id])
    check_money(payment, amount)
    return is_related


def check_money(payment: Payment, amount: int) -> None:
    """Ask the guards of the payment and the amount."""
    check_amount(amount, currency=payment.currency, field="amount")
    check_on_account(payment, amount, field="amount")
    check_paid_in(payment.account, amount, field="amount")
    left = left_of(payment)
    if amount > left:
        left_text = amount_text(left, payment.currency)
        raise SentBackAlready(payment=str(payment), amount=left_text, field="amount")


def give_back_takes_two(payment: Payment, amount: int, *, actor: Actor, now: datetime) -> bool:
    """Whether more than one person is needed for ``amount`` minor units, for a page."""
    settings = payment.marketplace.settings
    return _was_taken_off(payment) or needs_second_person(
        settings, amount=amount, payer_id=payment.payer_id, actor=actor, now=now
    )


def _was_taken_off(payment: Payment) -> bool:
    """Whether a person took money of it off an invoice: credit may have paid that invoice instead."""
    return Allocation.objects.filter(payment=payment, reverses__isnull=False, actor__isnull=False).exists()


@transaction.atomic
def give_back(
    *, payment: Payment, amount: int, sending: Sending, reason: str, actor: Actor, now: datetime, key: str | None
) -> Refund | Approval:
    """Give ``amount`` minor units of a payment's money on account back: no memo, no tax.

    Returns the refund, or the request where it takes two people: above the approval limit, of money that a person took
    off an invoice, and for a relative of the operator. A request reserves nothing, and one waits at a time.
    """
    reason = check_text(reason, longest=LONGEST_REASON, field="reason", required=True)
    body = [payment.pk, amount, asdict(sending), reason]
    again = idempotency.claim(actor=actor, operation="payments.give_back", key=key, body=body, now=now)
    if again:
        return _first_time(again.result)
    payment = lock_one(Payment.objects.filter(pk=payment.pk, marketplace_id=actor.marketplace_id))
    take_turns("refund", payment.account_id)
    is_related = check_give_back(payment, amount, actor=actor)
    check_back_by_provider(payment, amount, sending)
    sending = check_sending(sending, payment.account, now=now)
    found: Refund | Approval
    if is_related or _was_taken_off(payment) or _is_over_limit(payment, amount, actor, now):
        found = _ask(KIND, GIVE_BACK, payment, amount, sending, reason=reason, actor=actor, now=now)
    else:
        found = begin(payment, amount, sending, reason=reason, actor=actor, now=now, requested_by_id=actor.user_id)
    _remember("payments.give_back", key, found, actor)
    return found


def send_agreed(approval: Approval, actor: Actor, now: datetime) -> Refund:
    """Send what a second person agreed to, after every guard was asked again, of the maker too."""
    source: Source
    sending, bearer = sending_of(approval.arguments), None
    if approval.kind == KIND:
        source = lock_one(Payment.objects.filter(pk=approval.object_id, marketplace_id=actor.marketplace_id))
    else:
        source = lock_one(CreditMemo.objects.filter(pk=approval.object_id, marketplace_id=actor.marketplace_id))
        bearer = lock_bearer(sending, source.account_id)
    take_turns("refund", source.account_id)
    check_agreed(approval, source, actor)
    return begin(
        source, approval.amount or 0, check_sending(sending, source.account, now=now),
        reason=approval.request_reason, actor=actor, now=now, requested_by_id=approval.requested_by_id,
        bearer=bearer,
    )  # fmt: skip


def check_agreed(approval: Approval, source: Source, actor: Actor) -> None:
    """Ask every guard of sending what was asked for, of both people."""
    refuse_own_now([actor.user_id], parties_of(source), maker_id=approval.requested_by_id)
    amount, sending = approval.amount or 0, sending_of(approval.arguments)
    if isinstance(source, CreditMemo):
        check_payable(source)
        check_paid_in(source.account, amount)
        check_bearer(source, bearer_of(sending, source.account_id))
    elif isinstance(source, Payment):
        check_money(source, amount)
        check_back_by_provider(source, amount, sending)


def refuse_own_now(people: list[int | None], parties: list[int], *, maker_id: int | None = None) -> bool:
    """Refuse to send money to the own company of these people, or by now of who requested it (I18).

    Returns whether a second person is asked for a relative of the operator.
    """
    is_related = asks_for_own_company(people, parties)
    maker = _("The person who requested this now belongs to the company, so it can't be approved.")
    asks_for_own_company([maker_id], parties, message=maker)
    return is_related


def parties_of(source: Source) -> list[int]:
    """The ids of the companies whose money or credit it is."""
    return [source.payer_id] if isinstance(source, Payment) else [source.payer_id, source.beneficiary_id]


def sending_of(told: Mapping[str, Any]) -> Sending:
    """What a request stores of how money goes back."""
    return Sending(**{**told["sending"], "value_date": date.fromisoformat(told["sending"]["value_date"])})


def stored_sending(sending: Sending) -> dict[str, object]:
    """How money goes back, as a request stores it."""
    return {**asdict(sending), "value_date": sending.value_date.isoformat()}


def sent_alone(user_id: int | None, payer_id: int, since: datetime) -> int:
    """What a person sent back to a payer without a second one after a moment, minor units; what failed is not counted.

    It counts towards the approval limit with what they credit; refunded items counted as they were credited, but not
    what one of their memos was divided into since.
    """
    of_items = Q(
        memo__source=CreditMemo.Source.REFUND, memo__divided_from__isnull=True, requested_at=F("memo__issued_at")
    )
    rows = (
        Refund.objects.exclude(of_items)
        .exclude(status=Refund.Status.FAILED)
        .filter(requested_by_id=user_id, payer_id=payer_id, requested_at__gt=since, approved_by__isnull=True)
    )
    return int(rows.aggregate(sum=Sum("amount"))["sum"] or 0)


def _is_over_limit(source: Source, amount: int, actor: Actor, now: datetime) -> bool:
    settings = MarketplaceSettings.objects.get(marketplace_id=source.marketplace_id)
    return asks_second_person(settings, amount=amount, payer_id=source.payer_id, actor=actor, now=now)


def _ask(
    kind: str,
    verb: str,
    source: Source,
    amount: int,
    sending: Sending,
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> Approval:
    return request(
        kind=kind, verb=verb, object_id=source.pk, company_id=source.payer_id, amount=amount,
        currency=source.currency, reason=reason, actor=actor, now=now,
        arguments={"sending": stored_sending(sending), "thing": str(source)},
    )  # fmt: skip


def _remember(operation: str, key: str | None, found: Refund | Approval, actor: Actor) -> None:
    name = "refund_id" if isinstance(found, Refund) else "approval_id"
    idempotency.remember(actor=actor, operation=operation, key=key, result={name: found.pk})


def _first_time(result: Mapping[str, Any]) -> Refund | Approval:
    if "refund_id" in result:
        return Refund.objects.get(pk=result["refund_id"])
    return Approval.objects.get(pk=result["approval_id"])
