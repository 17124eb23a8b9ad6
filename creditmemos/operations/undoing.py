"""Undo and void: take all credit of a memo back from its invoices and void it, in one step."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from companies.operations.own_company import Ask
from core.actors import Actor
from core.errors import refusal_of
from core.locking import lock, lock_one
from creditmemos.domain.balance import UNAPPLIED
from creditmemos.domain.wording import KIND, UNDO
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked, return_credit
from creditmemos.operations.guards import check_reason_text, refuse_own
from creditmemos.operations.reversing import check_given_back, record_reversal
from creditmemos.operations.voiding import check_voidable, refuse_bare, void_locked
from invoices.models import Invoice

PERMISSION = "creditmemos.undo_and_void"


def may_undo_and_void(memo: CreditMemo) -> bool:
    """Whether the memo was used, and could be voided once it no longer is; what invoices say is asked of them."""
    return memo.status != UNAPPLIED and refusal_of(check_voidable, memo, is_undone=True) is None


def check_undo_and_void(
    memo: CreditMemo,
    live: Sequence[Application],
    invoices: Mapping[int, Invoice],
    *,
    confirmed: bool,
    actor: Actor,
    ask: Ask | None = None,
) -> None:
    """Ask every guard of every step: ``live`` are the memo's applications that still count, with their invoices by id.

    ``ask`` is what a second person is asked about a relative of the operator.
    """
    refuse_own(memo, actor, ask=ask)
    for application in live:
        check_given_back(application, memo, invoices[application.invoice_id], confirmed=confirmed)
    check_voidable(memo, is_undone=True)


@transaction.atomic
def undo_and_void(
    *, memo: CreditMemo, reason: str, actor: Actor, now: datetime, confirmed: bool = False, then: str = ""
) -> CreditMemo:
    """Reverse every live application of a memo and void it; every step under its own guard, all or nothing.

    When its credit came back meanwhile, it is just voided.
    """
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    refuse_bare(memo, then)
    told: dict[str, object] = {"confirmed": confirmed, "then": then}
    ask = Ask(kind=KIND, verb=UNDO, object_id=memo.pk, thing=str(memo), reason=reason, arguments=told)
    live = live_applications(memo)
    invoices = {row.pk: row for row in lock(Invoice.objects.filter(pk__in={each.invoice_id for each in live}))}
    check_undo_and_void(memo, live, invoices, confirmed=confirmed, actor=actor, ask=ask)
    if live:
        locked = Locked(memo.account, {memo.pk: memo}, invoices)
        reversals = return_credit(locked, live, reason=reason, actor=actor, now=now)
        record_reversal(memo, reversals, reason=reason, actor=actor, now=now)
    return void_locked(memo, reason=reason, actor=actor, now=now)


def live_applications(memo: CreditMemo) -> list[Application]:
    """Applications of a memo that were not reversed, oldest first."""
    rows = Application.objects.filter(memo=memo, reverses__isnull=True, reversal__isnull=True)
    return list(rows.select_related("invoice").order_by("created_at", "pk"))
