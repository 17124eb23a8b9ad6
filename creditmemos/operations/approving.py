"""Decide what needs two people: approve, reject, withdraw (I19)."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from core import audit
from core.actors import Actor
from core.formats import amount_text
from core.locking import lock_one
from core.models import Approval
from creditmemos.balance import AWAITING
from creditmemos.drafting import Details, InvoiceCredit
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations.closing import close_now, reopen_now
from creditmemos.operations.drafts import check_creditable, check_draft, check_parties, settings_of
from creditmemos.operations.guards import KIND, check_reason_text, refuse_own_company
from creditmemos.operations.numbering import give_number
from creditmemos.queries.composing import compose_from_invoice
from creditmemos.refusals import DraftOutdated, MakerIsChecker, NotADraft, NotTheMaker, NotWaiting
from invoices.models import Invoice


def _lock_waiting(approval: Approval, actor: Actor) -> tuple[Approval, CreditMemo]:
    """Lock the memo first: it is what the decision changes, and what orders two deciders."""
    inside = CreditMemo.objects.filter(pk=approval.object_id, marketplace_id=actor.marketplace_id)
    memo = lock_one(
        inside.select_related(
            "account__marketplace", "account__payer", "account__merchant__company", "payer", "beneficiary"
        )
    )
    approval = Approval.objects.get(pk=approval.pk, kind=KIND, marketplace_id=actor.marketplace_id)
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
    refuse_own(approval, memo, actor)
    _decide(approval, Approval.Decision.APPROVED, "", actor, now)
    audit.record(
        actor=actor, verb="creditmemo.approved", obj=memo, company_id=memo.payer_id,
        after={"asked": approval.verb}, now=now,
    )  # fmt: skip
    if approval.verb == Approval.Verb.ISSUE:
        _issue(memo, actor, now)
        return memo
    refuse_moved(approval, memo)
    if approval.verb == Approval.Verb.CLOSE:
        return close_now(
            memo, reason=approval.request_reason, actor=actor, now=now, closed_by_id=approval.requested_by_id
        )
    return reopen_now(memo, reason=approval.request_reason, actor=actor, now=now)


def refuse_own(approval: Approval, memo: CreditMemo, actor: Actor) -> None:
    """Neither the one who decides nor the one who asked may belong to the company by now (I18)."""
    parties = [memo.payer, memo.beneficiary]
    refuse_own_company([actor.user_id or 0], parties, _("You can't decide about a company that you belong to."))
    maker = _("Whoever asked for this belongs to the company by now, so it can't be approved.")
    refuse_own_company([approval.requested_by_id], parties, maker)


def refuse_moved(approval: Approval, memo: CreditMemo) -> None:
    """Refuse to close or reopen another amount than was asked for; a status that does not fit is refused later."""
    amount = memo.balance if approval.verb == Approval.Verb.CLOSE else memo.written_off
    if amount and amount != approval.amount:
        before, after = amount_text(approval.amount, memo.currency), amount_text(amount, memo.currency)
        raise DraftOutdated(before=before, after=after)


def _issue(memo: CreditMemo, actor: Actor, now: datetime) -> None:
    if memo.status != AWAITING:
        raise NotADraft(memo=str(memo), status=memo.get_status_display().lower())
    details = Details(
        reason_id=memo.reason_id, reason_note=memo.reason_note, effective_date=memo.effective_date, use=memo.use
    )
    invoice = lock_one(Invoice.objects.filter(pk=memo.source_invoice_id)) if memo.source_invoice_id else None
    settings = settings_of(memo.account)
    check_draft(details, account=memo.account, beneficiary=memo.beneficiary, invoice=invoice, actor=actor, now=now)
    if invoice is None:
        check_parties(memo.account, memo.beneficiary, memo.billed_user)
    else:
        check_creditable(invoice, details, settings)
        refuse_outdated(memo, invoice)
    give_number(memo, settings, actor=actor, now=now)


def refuse_outdated(memo: CreditMemo, invoice: Invoice) -> None:
    """Refuse a draft whose lines would come out differently by now, or no longer fit their invoice."""
    drafted = [line for line in memo.lines.prefetch_related("taxes") if line.invoice_line_id]
    fresh = compose_from_invoice(invoice, [_asked_again(line) for line in drafted])
    then = [(line.net, [tax.amount for tax in line.taxes.all()]) for line in drafted]
    if then != [(line.net, [tax.amount for tax in line.taxes]) for line in fresh]:
        now_total = sum(line.gross for line in fresh)
        raise DraftOutdated(before=amount_text(memo.total, memo.currency), after=amount_text(now_total, memo.currency))


def _asked_again(line: CreditMemoLine) -> InvoiceCredit:
    invoice_line_id = line.invoice_line_id or 0
    if line.by == line.By.QUANTITY:
        return InvoiceCredit(invoice_line_id, quantity=line.quantity)
    if line.by == line.By.TAX_ONLY:
        return InvoiceCredit(invoice_line_id, tax_only=line.tax)
    return InvoiceCredit(invoice_line_id, net=line.net)


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
