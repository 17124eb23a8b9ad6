"""Discard a draft that nobody wants any more. Its row stays, since requests and the audit log point at it (ADR 10)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from companies.queries.people import name_in
from core import audit
from core.actors import Actor
from core.errors import Refusal
from core.locking import lock_one
from creditmemos.domain.balance import AWAITING, EDITABLE
from creditmemos.models import CreditMemo
from creditmemos.operations import drafts
from creditmemos.operations.guards import asks_for_own


class StillAsked(Refusal):
    code = "still_asked"
    text = _("%(memo)s is awaiting approval. Withdraw the request first.")


class NotDiscardable(Refusal):
    code = "not_discardable"
    text = _("%(memo)s is %(status)s, so it can't be discarded.")


PERMISSION = drafts.PERMISSION
"""Whoever may write a draft may discard it."""


def may_discard(memo: CreditMemo) -> bool:
    """Whether it is a draft that waits for nobody."""
    return memo.status in EDITABLE


def check_discard(memo: CreditMemo, *, actor: Actor) -> None:
    """Ask the guards of discarding: whose it is, and whether it is a draft that waits for nobody."""
    asks_for_own(memo, actor)
    if memo.status == AWAITING:
        raise StillAsked(memo=str(memo))
    if not may_discard(memo):
        raise NotDiscardable(memo=str(memo), status=memo.get_status_display().lower())


@transaction.atomic
def discard(*, memo: CreditMemo, actor: Actor, now: datetime) -> CreditMemo:
    """End a draft, a rejected or a withdrawn one too, for good.

    Refused while it waits for a second person, and for whatever has a number.
    """
    inside = CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id)
    memo = lock_one(inside.select_related("created_by"))
    check_discard(memo, actor=actor)
    before = memo.status
    memo.discard()
    memo.save(update_fields=["status"])
    made_by = name_in(memo.marketplace_id, memo.created_by)
    audit.record(
        actor=actor, verb="credit_memo.discarded", obj=memo, company_id=memo.payer_id,
        before={"status": before}, now=now,
        after={"status": memo.status, "total": memo.total, "currency": memo.currency, "made_by": made_by},
    )  # fmt: skip
    return memo
