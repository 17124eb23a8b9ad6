"""Void an unapplied memo; or undo all its applications and void it, in one step."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from companies.operations.owning import Ask, refuse_own_company
from core import audit, outbox
from core.actors import Actor
from core.locking import lock, lock_one
from creditmemos.domain.balance import FULLY, PARTIALLY, UNAPPLIED
from creditmemos.domain.refusals import CarriedBalance, NotUnapplied, PayoutPending
from creditmemos.domain.wording import UNDO, VOID
from creditmemos.models import Application, CreditMemo
from creditmemos.operations.application_rows import Locked, return_credit
from creditmemos.operations.guards import KIND, check_reason_text
from creditmemos.operations.numbering import issue_entries
from creditmemos.operations.reversing import check_reversible, record_reversal
from invoices.models import Invoice
from ledger.posting import post


@transaction.atomic
def void(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime, then: str = "") -> CreditMemo:
    """End an unapplied memo, with a reason. Its row, number, PDF and audit stay; its room on invoice lines is free.

    ``then`` is what billing does about what it made, for the request where a second person is asked.
    """
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    _refuse_bare(memo, then)
    ask = Ask(kind=KIND, verb=VOID, object_id=memo.pk, thing=str(memo), reason=reason, arguments={"then": then})
    refuse_own_company(actor, [memo.payer_id, memo.beneficiary_id], ask=ask)
    return void_locked(memo, reason=reason, actor=actor, now=now)


def _refuse_bare(memo: CreditMemo, then: str) -> None:
    """What billing made is ended by billing's verb, which says what becomes of it; a mistake of the caller's."""
    if memo.source == CreditMemo.Source.AUTOMATIC and not then:
        raise RuntimeError("billing.operations.voiding voids what a billing run made")


def void_locked(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime) -> CreditMemo:
    """Void a memo that is locked already; whose it is was asked before."""
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.source == CreditMemo.Source.CARRIED:
        raise CarriedBalance(memo=memo.number)
    if memo.status in (PARTIALLY, FULLY):
        raise NotUnapplied(status=memo.status, balance=memo.balance)
    if memo.status != UNAPPLIED:
        names = {"memo": str(memo), "status": memo.get_status_display().lower()}
        raise NotUnapplied(
            _("%(memo)s is %(status)s, so it can't be voided.") % names, status=memo.status, balance=memo.balance
        )
    memo.voided_at, memo.voided_by_id, memo.void_reason = now, actor.user_id, reason
    memo.void()
    memo.save(update_fields=["voided_at", "voided_by", "void_reason", "balance", "status"])
    post(
        account=memo.account,
        posting_date=memo.account.marketplace.today(now),
        verb="creditmemo.void",
        entries=[entry.mirrored() for entry in issue_entries(memo)],
        actor=actor,
        now=now,
    )
    audit.record(
        actor=actor, verb="creditmemo.voided", obj=memo, company_id=memo.payer_id, note=reason,
        after={"total": memo.total, "currency": memo.currency}, now=now,
    )  # fmt: skip
    outbox.publish(
        topic="creditmemo.voided",
        key=f"creditmemo.voided:{memo.pk}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
    return memo


@transaction.atomic
def undo_and_void(
    *, memo: CreditMemo, reason: str, actor: Actor, now: datetime, confirmed: bool = False, then: str = ""
) -> CreditMemo:
    """Reverse every live application of a memo and void it; every step under its own guard, all or nothing."""
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    _refuse_bare(memo, then)
    told: dict[str, object] = {"confirmed": confirmed, "then": then}
    ask = Ask(kind=KIND, verb=UNDO, object_id=memo.pk, thing=str(memo), reason=reason, arguments=told)
    refuse_own_company(actor, [memo.payer_id, memo.beneficiary_id], ask=ask)
    live = live_applications(memo)
    invoices = {row.pk: row for row in lock(Invoice.objects.filter(pk__in={each.invoice_id for each in live}))}
    for application in live:
        check_reversible(application, memo, invoices[application.invoice_id], confirmed=confirmed)
    if live:
        locked = Locked(memo.account, {memo.pk: memo}, invoices)
        reversals = return_credit(locked, live, reason=reason, actor=actor, now=now)
        record_reversal(memo, reversals, reason=reason, actor=actor, now=now)
    return void_locked(memo, reason=reason, actor=actor, now=now)


def live_applications(memo: CreditMemo) -> list[Application]:
    """Applications of a memo that were not reversed, oldest first."""
    rows = Application.objects.filter(memo=memo, reverses__isnull=True, reversal__isnull=True)
    return list(rows.select_related("invoice").order_by("created_at", "pk"))
