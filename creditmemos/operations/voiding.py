"""Void a memo of which nothing was used."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.members import Member
from companies.operations.own_company import Ask
from core import audit, outbox
from core.actors import Actor
from core.errors import Refusal, refusal_of
from core.locking import lock_one
from creditmemos.domain.balance import FULLY, PARTIALLY, UNAPPLIED
from creditmemos.domain.refusals import PayoutPending
from creditmemos.domain.wording import KIND, UNADJUSTED, VOID
from creditmemos.models import CreditMemo
from creditmemos.operations.guards import check_reason_text, refuse_own
from creditmemos.operations.issue_facts import issue_entries, stored_taxes
from ledger.posting import post


class NotUnapplied(Refusal):
    code = "not_unapplied"
    text = gettext_lazy("This credit memo has been applied since you opened it, so it can't be voided.")


class CarriedBalance(Refusal):
    """A balance that was carried over is the customer's; nothing would be left of it."""

    code = "carried_balance"
    text = gettext_lazy("%(memo)s contains a balance carried over from an invoice. Close it instead to write it off.")


PERMISSION = "creditmemos.void"


def is_allowed(member: Member, obj: object) -> bool:
    """Staff void any memo; a developer only one whose every line is of an own product."""
    if member.is_staff_side:
        return True
    if not isinstance(obj, CreditMemo) or not member.is_developer:
        return False
    vendors = set(obj.lines.values_list("vendor_id", flat=True))
    return vendors == {member.company.pk}


def may_void(memo: CreditMemo) -> bool:
    """Whether nothing was used of it or is on its way, and it is no balance carried over."""
    return refusal_of(check_voidable, memo) is None


def check_voidable(memo: CreditMemo, *, is_undone: bool = False, was_open: bool = False) -> None:
    """Ask the guards that don't depend on who acts.

    ``is_undone``: what was used of it is taken back first. ``was_open``: whoever acts saw it unapplied before.
    """
    if memo.payout_pending:
        raise PayoutPending(memo=memo.number)
    if memo.source == CreditMemo.Source.CARRIED:
        raise CarriedBalance(memo=memo.number)
    is_used = memo.status in (PARTIALLY, FULLY)
    if is_used and was_open:
        raise NotUnapplied(status=memo.status, balance=memo.balance)
    if memo.status != UNAPPLIED and not (is_used and is_undone):
        names = {"memo": str(memo), "status": memo.get_status_display().lower()}
        raise NotUnapplied(
            _("%(memo)s is %(status)s, so it can't be voided.") % names, status=memo.status, balance=memo.balance
        )


def check_void(memo: CreditMemo, *, actor: Actor, ask: Ask | None = None, was_open: bool = False) -> None:
    """Ask every guard of voiding; ``ask`` is what a second person is asked about a relative of the operator."""
    refuse_own(memo, actor, ask=ask)
    check_voidable(memo, was_open=was_open)


@transaction.atomic
def void(*, memo: CreditMemo, reason: str, actor: Actor, now: datetime, then: str = "") -> CreditMemo:
    """End an unapplied memo, with a reason. Its row, number, PDF and audit stay; its room on invoice lines is free.

    ``then`` is what billing does about what it made, for the request where a second person is asked.
    """
    reason = check_reason_text(reason)
    memo = lock_one(CreditMemo.objects.filter(pk=memo.pk, marketplace_id=actor.marketplace_id))
    refuse_bare(memo, then)
    ask = Ask(kind=KIND, verb=VOID, object_id=memo.pk, thing=str(memo), reason=reason, arguments={"then": then})
    check_void(memo, actor=actor, ask=ask, was_open=True)
    return void_locked(memo, reason=reason, actor=actor, now=now)


def refuse_bare(memo: CreditMemo, then: str) -> None:
    """What billing made is ended by billing's verb, which says what becomes of it; a mistake of the caller's."""
    if memo.source == CreditMemo.Source.AUTOMATIC and not then:
        raise RuntimeError("billing.operations.voiding voids what a billing run made")


def void_locked(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime) -> CreditMemo:
    """Void a memo that is locked already; whose it is was asked before."""
    check_voidable(memo)
    mark_void(memo, reason=reason, actor=actor, now=now)
    post_void(memo, actor=actor, now=now)
    audit.record(
        actor=actor, verb="credit_memo.voided", obj=memo, company_id=memo.payer_id, note=reason,
        after={"total": memo.total, "currency": memo.currency}, now=now,
    )  # fmt: skip
    tell_void(memo, now)
    return memo


def mark_void(memo: CreditMemo, *, reason: str, actor: Actor, now: datetime) -> None:
    """End the row; its room on invoice lines is given back."""
    memo.voided_at, memo.voided_by_id, memo.void_reason = now, actor.user_id, reason
    memo.void()
    memo.save(update_fields=["voided_at", "voided_by", "void_reason", "balance", "status"])


def post_void(memo: CreditMemo, *, actor: Actor, now: datetime) -> None:
    """Post the mirror of its issue, today."""
    post(
        account=memo.account,
        posting_date=memo.account.marketplace.today(now),
        verb="creditmemo.void",
        entries=[entry.mirrored() for entry in issue_entries(memo, stored_taxes(memo))],
        actor=actor,
        now=now,
    )


def tell_void(memo: CreditMemo, now: datetime) -> None:
    """Publish that it is void; no copy and no mail follows the void of an adjustment."""
    topic = UNADJUSTED if memo.is_adjustment else "credit_memo.voided"
    outbox.publish(
        topic=topic,
        key=f"{topic}:{memo.pk}",
        marketplace_id=memo.marketplace_id,
        payload={"memo_id": memo.pk, "account_id": memo.account_id},
        now=now,
    )
