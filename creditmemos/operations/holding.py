"""Hold: keep credit out of automatic use. Release: let it go again."""

from datetime import datetime

from django.db import transaction

from companies.operations.owning import asks_for_own_company
from core import audit, outbox
from core.actors import Actor
from core.locking import lock_one
from creditmemos.domain.balance import OPEN
from creditmemos.domain.refusals import HoldUnchanged
from creditmemos.models import CreditMemo


@transaction.atomic
def hold(*, memo: CreditMemo, actor: Actor, now: datetime) -> CreditMemo:
    """Stop automatic use and customers' own use; staff may still apply it."""
    return _set(memo, True, actor, now)


@transaction.atomic
def release(*, memo: CreditMemo, actor: Actor, now: datetime) -> CreditMemo:
    """Let automatic application use the memo again, at once if something is open."""
    memo = _set(memo, False, actor, now)
    outbox.publish(
        topic="creditmemo.released",
        key=f"creditmemo.released:{memo.pk}:{now.isoformat()}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
    return memo


def _set(memo: CreditMemo, on_hold: bool, actor: Actor, now: datetime) -> CreditMemo:
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    asks_for_own_company([actor.user_id], [memo.payer_id, memo.beneficiary_id])
    if memo.status not in OPEN or memo.on_hold == on_hold:
        raise HoldUnchanged(memo=str(memo))
    memo.on_hold = on_hold
    memo.save(update_fields=["on_hold"])
    verb = "creditmemo.held" if on_hold else "creditmemo.released"
    audit.record(actor=actor, verb=verb, obj=memo, company_id=memo.payer_id, now=now)
    return memo
