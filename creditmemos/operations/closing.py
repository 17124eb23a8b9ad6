"""Close: write off what is left. Reopen: take the write-off back, with a second person."""

from datetime import datetime

from django.db import transaction

from companies.models import MarketplaceSettings
from companies.operations.owning import asks_for_own_company
from core import audit, outbox
from core.actors import Actor
from core.locking import lock_one
from core.models import Approval
from creditmemos.domain.balance import CLOSED, OPEN
from creditmemos.domain.refusals import ClosingNotAllowed, NotClosable, NotClosed, PayoutPending
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import asks_second_person, check_reason_text
from creditmemos.operations.requesting import request_approval
from ledger.kinds import Account
from ledger.posting import Entry, post


@transaction.atomic
def close(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime) -> CreditMemo | Approval:
    """Write off the whole balance, with a reason.

    Returns the closed memo, or the request when the threshold asks for a second person.
    """
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    settings = check_closable(memo)
    second = asks_for_own_company([actor.user_id], [memo.payer_id, memo.beneficiary_id])
    if second or asks_second_person(settings, amount=memo.balance, payer_id=memo.payer_id, actor=actor, now=now):
        return request_approval(memo=memo, verb="close", amount=memo.balance, reason=reason, actor=actor, now=now)
    return close_now(memo, reason=reason, actor=actor, now=now, closed_by_id=actor.user_id)


def check_closable(memo: CreditMemo) -> MarketplaceSettings:
    """Ask the guards of closing; returns the marketplace's settings."""
    settings = MarketplaceSettings.objects.get(marketplace_id=memo.marketplace_id)
    if not settings.allow_close:
        raise ClosingNotAllowed
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.status not in OPEN:
        raise NotClosable(memo=str(memo), status=memo.get_status_display().lower())
    return settings


def close_now(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime, closed_by_id: int | None) -> CreditMemo:
    """Close a locked memo; ``closed_by_id`` is who asked for it. The people were tested before."""
    check_closable(memo)
    amount = memo.balance
    memo.close()
    memo.closed_at, memo.closed_by_id, memo.close_reason = now, closed_by_id, reason
    memo.save(update_fields=["status", "written_off", "balance", "closed_at", "closed_by", "close_reason"])
    _post(memo, amount, "creditmemo.close", actor, now)
    audit.record(
        actor=actor, verb="creditmemo.closed", obj=memo, company_id=memo.payer_id, note=reason,
        after={"written_off": amount, "currency": memo.currency}, now=now,
    )  # fmt: skip
    _publish(memo, "creditmemo.closed", now)
    return memo


@transaction.atomic
def reopen(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime) -> Approval:
    """Ask a second person to take a write-off back; always two people."""
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    if memo.status != CLOSED:
        raise NotClosed(memo=str(memo))
    asks_for_own_company([actor.user_id], [memo.payer_id, memo.beneficiary_id])
    return request_approval(memo=memo, verb="reopen", amount=memo.written_off, reason=reason, actor=actor, now=now)


def reopen_now(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime) -> CreditMemo:
    """Reopen a locked closed memo; who asked and who decides were tested before."""
    if memo.status != CLOSED:
        raise NotClosed(memo=str(memo))
    amount = memo.written_off
    memo.reopen()
    memo.closed_at, memo.closed_by_id, memo.close_reason = None, None, ""
    memo.save(update_fields=["status", "written_off", "balance", "closed_at", "closed_by", "close_reason"])
    _post(memo, -amount, "creditmemo.reopen", actor, now)
    audit.record(
        actor=actor, verb="creditmemo.reopened", obj=memo, company_id=memo.payer_id, note=reason,
        after={"balance": memo.balance, "currency": memo.currency}, now=now,
    )  # fmt: skip
    _publish(memo, "creditmemo.reopened", now)
    return memo


def _post(memo: CreditMemo, amount: int, verb: str, actor: Actor, now: datetime) -> None:
    entries = [
        Entry(Account.CUSTOMER_CREDIT, amount, memo_id=memo.pk),
        Entry(Account.CREDIT_WRITTEN_OFF, -amount),
    ]
    today = memo.account.marketplace.today(now)
    post(account=memo.account, posting_date=today, verb=verb, entries=entries, actor=actor, now=now)


def _publish(memo: CreditMemo, topic: str, now: datetime) -> None:
    outbox.publish(
        topic=topic,
        key=f"{topic}:{memo.pk}:{now.isoformat()}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
