"""Close: write off what is left of a memo, alone or with a second person."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from companies.models import MarketplaceSettings
from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.locking import lock_one
from core.models import Approval
from creditmemos.domain.balance import OPEN
from creditmemos.domain.refusals import PayoutPending
from creditmemos.domain.wording import CLOSE
from creditmemos.models import CreditMemo
from creditmemos.operations.apply_facts import write_off_entries
from creditmemos.operations.guards import asks_for_own, asks_second_person, check_reason_text, refuse_asked
from creditmemos.operations.requesting import request_approval
from ledger.posting import post


class ClosingNotAllowed(Refusal):
    code = "closing_not_allowed"
    text = _("This marketplace does not close credit memos.")


class NotClosable(Refusal):
    code = "not_closable"
    text = _("%(memo)s is %(status)s, so nothing can be written off.")


PERMISSION = "creditmemos.close"


def may_close(memo: CreditMemo, settings: MarketplaceSettings) -> bool:
    """Whether there is credit to write off, the marketplace does that, and nobody was asked to already."""
    return refusal_of(_check_unasked, memo, settings) is None


def check_closable(memo: CreditMemo, settings: MarketplaceSettings) -> None:
    """Ask the guards that a request is asked too, while it waits and when it is decided."""
    if not settings.allow_close:
        raise ClosingNotAllowed
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.status not in OPEN:
        raise NotClosable(memo=str(memo), status=memo.get_status_display().lower())


def _check_unasked(memo: CreditMemo, settings: MarketplaceSettings) -> None:
    check_closable(memo, settings)
    refuse_asked(memo, CLOSE)


def check_close(memo: CreditMemo, settings: MarketplaceSettings, *, actor: Actor) -> bool:
    """Ask every guard of closing; whether a second person is asked, as the company is a relative of the operator."""
    _check_unasked(memo, settings)
    return asks_for_own(memo, actor)


@transaction.atomic
def close(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime) -> CreditMemo | Approval:
    """Write off the whole balance, with a reason.

    Returns the closed memo, or the request when the threshold asks for a second person.
    """
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    settings = MarketplaceSettings.objects.get(marketplace_id=memo.marketplace_id)
    second = check_close(memo, settings, actor=actor)
    if second or asks_second_person(settings, amount=memo.balance, payer_id=memo.payer_id, actor=actor, now=now):
        return request_approval(memo=memo, verb=CLOSE, amount=memo.balance, reason=reason, actor=actor, now=now)
    return close_now(memo, reason=reason, actor=actor, now=now, closed_by_id=actor.user_id)


def close_now(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime, closed_by_id: int | None) -> CreditMemo:
    """Close a locked memo whose guards were asked; ``closed_by_id`` is who asked for it."""
    amount = memo.balance
    memo.close()
    memo.closed_at, memo.closed_by_id, memo.close_reason = now, closed_by_id, reason
    memo.save(update_fields=["status", "written_off", "balance", "closed_at", "closed_by", "close_reason"])
    post_written_off(memo, amount, "creditmemo.close", actor, now)
    audit.record(
        actor=actor, verb="credit_memo.closed", obj=memo, company_id=memo.payer_id, note=reason,
        after={"written_off": amount, "currency": memo.currency}, now=now,
    )  # fmt: skip
    publish(memo, "credit_memo.closed", now)
    return memo


def post_written_off(memo: CreditMemo, amount: int, verb: str, actor: Actor, now: datetime) -> None:
    """Post what is written off, in minor units; what is taken back is below zero."""
    today, entries = memo.account.marketplace.today(now), write_off_entries(memo.pk, amount)
    post(account=memo.account, posting_date=today, verb=verb, entries=entries, actor=actor, now=now)


def publish(memo: CreditMemo, topic: str, now: datetime) -> None:
    """Say that it was closed, or reopened."""
    outbox.publish(
        topic=topic,
        key=f"{topic}:{memo.pk}:{now.isoformat()}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
