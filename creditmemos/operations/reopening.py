"""Reopen: take the write-off of a closed memo back, with a second person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from core import audit
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.locking import lock_one
from core.models import Approval
from creditmemos.domain.balance import CLOSED
from creditmemos.domain.wording import REOPEN
from creditmemos.models import CreditMemo
from creditmemos.operations.closing import post_written_off, publish
from creditmemos.operations.guards import asks_for_own, check_reason_text, refuse_asked
from creditmemos.operations.requesting import request_approval


class NotClosed(Refusal):
    code = "not_closed"
    text = _("%(memo)s is not closed.")


PERMISSION = "creditmemos.reopen"


def may_reopen(memo: CreditMemo) -> bool:
    """Whether it is closed, and nobody was asked already."""
    return refusal_of(_check_unasked, memo) is None


def check_reopenable(memo: CreditMemo) -> None:
    """Ask the guards that a request is asked too, while it waits and when it is decided."""
    if memo.status != CLOSED:
        raise NotClosed(memo=str(memo))


def _check_unasked(memo: CreditMemo) -> None:
    check_reopenable(memo)
    refuse_asked(memo, REOPEN)


def check_reopen(memo: CreditMemo, *, actor: Actor) -> None:
    """Ask every guard of asking to reopen a memo."""
    _check_unasked(memo)
    asks_for_own(memo, actor)


@transaction.atomic
def reopen(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime) -> Approval:
    """Ask a second person to take a write-off back; always two people."""
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    check_reopen(memo, actor=actor)
    return request_approval(memo=memo, verb=REOPEN, amount=memo.written_off, reason=reason, actor=actor, now=now)


def reopen_now(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime) -> CreditMemo:
    """Reopen a locked memo whose guards were asked."""
    amount = memo.written_off
    memo.reopen()
    memo.closed_at, memo.closed_by_id, memo.close_reason = None, None, ""
    memo.save(update_fields=["status", "written_off", "balance", "closed_at", "closed_by", "close_reason"])
    post_written_off(memo, -amount, "creditmemo.reopen", actor, now)
    audit.record(
        actor=actor, verb="credit_memo.reopened", obj=memo, company_id=memo.payer_id, note=reason,
        after={"balance": memo.balance, "currency": memo.currency}, now=now,
    )  # fmt: skip
    publish(memo, "credit_memo.reopened", now)
    return memo
