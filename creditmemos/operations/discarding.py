"""Discard a draft that nobody wants any more. Its row stays, since requests and the audit log point at it (ADR 10)."""

from datetime import datetime

from django.db import transaction

from companies.operations.owning import asks_for_own_company
from companies.queries.people import name_in
from core import audit
from core.actors import Actor
from core.locking import lock_one
from creditmemos.domain.balance import AWAITING, EDITABLE
from creditmemos.domain.refusals import NotDiscardable, StillAsked
from creditmemos.models import CreditMemo


@transaction.atomic
def discard(*, memo: CreditMemo, actor: Actor, now: datetime) -> CreditMemo:
    """End a draft, a rejected or a withdrawn one too, for good.

    Refused while it waits for a second person, and for whatever has a number.
    """
    inside = CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id)
    memo = lock_one(inside.select_related("created_by"))
    asks_for_own_company([actor.user_id], [memo.payer_id, memo.beneficiary_id])
    if memo.status == AWAITING:
        raise StillAsked(memo=str(memo))
    if memo.status not in EDITABLE:
        raise NotDiscardable(memo=str(memo), status=memo.get_status_display().lower())
    before = memo.status
    memo.discard()
    memo.save(update_fields=["status"])
    made_by = name_in(memo.marketplace_id, memo.created_by)
    audit.record(
        actor=actor, verb="creditmemo.discarded", obj=memo, company_id=memo.payer_id,
        before={"status": before}, now=now,
        after={"status": memo.status, "total": memo.total, "currency": memo.currency, "made_by": made_by},
    )  # fmt: skip
    return memo
