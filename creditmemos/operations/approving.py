"""Decide what needs two people: approve, reject, withdraw (I19)."""

from datetime import datetime

from django.db import transaction

from core import audit
from core.actors import Actor
from core.locking import lock
from core.models import Approval
from core.money import format_amount
from creditmemos.drafting import InvoiceCredit
from creditmemos.models import CreditMemo
from creditmemos.operations.closing import close_now, reopen_now
from creditmemos.operations.guards import check_reason_text, refuse_own_company
from creditmemos.operations.issuing import issue_approved, recheck
from creditmemos.queries.composing import compose_from_invoice
from creditmemos.refusals import DraftOutdated, MakerIsChecker, NotTheMaker, NotWaiting
from invoices.models import Invoice


def _lock_waiting(approval: Approval, actor: Actor) -> tuple[Approval, CreditMemo]:
    """Lock the memo first: it is what the decision changes, and what orders two deciders."""
    [memo] = lock(
        CreditMemo.objects.filter(pk=approval.object_id, marketplace_id=actor.marketplace_id).select_related(
            "account__marketplace", "account__payer", "account__merchant__company", "payer", "beneficiary"
        )
    )
    approval = Approval.objects.get(pk=approval.pk, marketplace_id=actor.marketplace_id)
    if approval.decision != Approval.Decision.WAITING:
        raise NotWaiting
    return approval, memo


def _decide(approval: Approval, decision: str, reason: str, actor: Actor, now: datetime) -> None:
    approval.decision, approval.decision_reason = decision, reason
    approval.decided_by_id, approval.decided_at = actor.user_id, now
    approval.save(update_fields=["decision", "decision_reason", "decided_by", "decided_at"])


@transaction.atomic
def approve(*, approval: Approval, actor: Actor, now: datetime) -> CreditMemo:
    """Do what was asked for, after every guard said yes once more; the maker can't be the one."""
    approval, memo = _lock_waiting(approval, actor)
    if approval.requested_by_id == actor.user_id:
        raise MakerIsChecker
    refuse_own_company([approval.requested_by_id, actor.user_id or 0], [memo.payer, memo.beneficiary])
    _decide(approval, Approval.Decision.APPROVED, "", actor, now)
    if approval.verb == Approval.Verb.ISSUE:
        invoice = recheck(memo, actor, now)
        if invoice is not None:
            refuse_outdated(memo, invoice)
        issue_approved(memo, actor, now)
    elif approval.verb == Approval.Verb.CLOSE:
        close_now(memo, reason=approval.request_reason, actor=actor, now=now, closed_by_id=approval.requested_by_id)
    else:
        reopen_now(memo, reason=approval.request_reason, actor=actor, now=now)
    return memo


def refuse_outdated(memo: CreditMemo, invoice: Invoice) -> None:
    """Refuse a draft whose lines would come out differently by now, or no longer fit their invoice."""
    wanted = []
    for line in memo.lines.all():
        if line.invoice_line_id is None:
            continue
        by_quantity, tax_only = line.by == line.By.QUANTITY, line.by == line.By.TAX_ONLY
        wanted.append(
            InvoiceCredit(
                line.invoice_line_id,
                net=None if by_quantity or tax_only else line.net,
                quantity=line.quantity if by_quantity else None,
                tax_only=line.tax if tax_only else None,
            )
        )
    now_total = sum(line.gross for line in compose_from_invoice(invoice, wanted))
    if now_total != memo.total:
        raise DraftOutdated(
            before=format_amount(memo.total, memo.currency), after=format_amount(now_total, memo.currency)
        )


@transaction.atomic
def reject(*, approval: Approval, reason: str, actor: Actor, now: datetime) -> CreditMemo:
    """Turn the request down, with a reason; a memo becomes an editable draft."""
    reason = check_reason_text(reason)
    approval, memo = _lock_waiting(approval, actor)
    if approval.requested_by_id == actor.user_id:
        raise MakerIsChecker
    _decide(approval, Approval.Decision.REJECTED, reason, actor, now)
    if approval.verb == Approval.Verb.ISSUE:
        memo.reject()
        memo.save(update_fields=["status"])
    audit.record(
        actor=actor, verb="creditmemo.rejected", obj=memo, company_id=memo.payer_id, note=reason,
        after={"asked": approval.verb}, now=now,
    )  # fmt: skip
    return memo


@transaction.atomic
def withdraw(*, approval: Approval, actor: Actor, now: datetime) -> CreditMemo:
    """Take one's own request back."""
    approval, memo = _lock_waiting(approval, actor)
    if approval.requested_by_id != actor.user_id:
        raise NotTheMaker
    _decide(approval, Approval.Decision.WITHDRAWN, "", actor, now)
    if approval.verb == Approval.Verb.ISSUE:
        memo.withdraw()
        memo.save(update_fields=["status"])
    audit.record(
        actor=actor, verb="creditmemo.withdrawn", obj=memo, company_id=memo.payer_id,
        after={"asked": approval.verb}, now=now,
    )  # fmt: skip
    return memo
