"""Hold: keep credit out of automatic use. Release: let it go again."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.locking import lock_one
from creditmemos.domain.balance import OPEN
from creditmemos.domain.refusals import PayoutPending
from creditmemos.domain.wording import PAY_OUT
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import asks_for_own, is_asked


class HoldUnchanged(Refusal):
    code = "hold_unchanged"
    text = gettext_lazy("%(memo)s has no credit that could be held or released.")


class PayoutAsked(Refusal):
    code = "payout_asked"
    text = gettext_lazy("Paying out %(memo)s is awaiting approval. Have that request withdrawn or rejected first.")


PERMISSION = "creditmemos.hold"


def may_hold(memo: CreditMemo) -> bool:
    """Whether there is credit, and it is free."""
    return refusal_of(_check_turning, memo, on_hold=True) is None


def may_release(memo: CreditMemo) -> bool:
    """Whether there is credit, and it is on hold."""
    return refusal_of(_check_turning, memo, on_hold=False) is None


def check_hold(memo: CreditMemo, *, actor: Actor) -> None:
    """Ask every guard of holding."""
    asks_for_own(memo, actor)
    _check_turning(memo, on_hold=True)


def check_release(memo: CreditMemo, *, actor: Actor) -> None:
    """Ask every guard of releasing."""
    asks_for_own(memo, actor)
    _check_turning(memo, on_hold=False)


def _check_turning(memo: CreditMemo, *, on_hold: bool) -> None:
    if memo.status not in OPEN:
        raise HoldUnchanged(memo=str(memo))
    if memo.on_hold == on_hold:
        text = _("%(memo)s is already on hold.") if on_hold else _("%(memo)s is not on hold.")
        raise HoldUnchanged(text % {"memo": memo})
    if not on_hold and memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if not on_hold and is_asked(memo, PAY_OUT):
        raise PayoutAsked(memo=str(memo))


@transaction.atomic
def hold(*, memo: CreditMemo, actor: Actor, now: datetime) -> CreditMemo:
    """Stop automatic use and customers' own use; staff may still apply it."""
    memo = _lock(memo, actor)
    check_hold(memo, actor=actor)
    return _set(memo, True, actor, now)


@transaction.atomic
def release(*, memo: CreditMemo, actor: Actor, now: datetime) -> CreditMemo:
    """Let automatic application use the memo again, at once if something is open."""
    memo = _lock(memo, actor)
    check_release(memo, actor=actor)
    memo = _set(memo, False, actor, now)
    outbox.publish(
        topic="credit_memo.released",
        key=f"credit_memo.released:{memo.pk}:{now.isoformat()}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
    return memo


def _lock(memo: CreditMemo, actor: Actor) -> CreditMemo:
    return lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))


def _set(memo: CreditMemo, on_hold: bool, actor: Actor, now: datetime) -> CreditMemo:
    memo.on_hold = on_hold
    memo.save(update_fields=["on_hold"])
    verb = "credit_memo.held" if on_hold else "credit_memo.released"
    audit.record(actor=actor, verb=verb, obj=memo, company_id=memo.payer_id, now=now)
    return memo
