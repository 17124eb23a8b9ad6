"""What is done about a memo when a second person agreed, and when nobody does (I19)."""

from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from companies.models import MarketplaceSettings, TaxBy
from companies.operations.own_company import asks_for_own_company
from core.actors import Actor
from core.errors import Refusal
from core.formats import amount_text
from core.locking import lock_one
from core.models import Approval
from creditmemos.domain.balance import AWAITING
from creditmemos.domain.drafting import Details, InvoiceCredit
from creditmemos.domain.refusals import NotADraft
from creditmemos.domain.wording import CLOSE, ISSUE
from creditmemos.models import CreditMemo, CreditMemoLine
from creditmemos.operations.afterwards import what_follows
from creditmemos.operations.closing import check_closable, close_now
from creditmemos.operations.drafts import check_creditable, check_draft, check_parties, settings_of
from creditmemos.operations.issuing_draft import issue_draft
from creditmemos.operations.reopening import check_reopenable, reopen_now
from creditmemos.queries.composing import compose_from_invoice
from invoices.domain.charging import TaxRate
from invoices.domain.taxing import taxes_of
from invoices.models import Invoice


class DraftOutdated(Refusal):
    code = "draft_outdated"
    text = gettext_lazy(
        "The figures have changed since the request: %(before)s then, %(after)s now. Reject it, or have it resubmitted."
    )


def carry_out(approval: Approval, actor: Actor, now: datetime) -> CreditMemo:
    """Do what was asked for, after every guard said yes once more, for the maker too."""
    memo = _lock(approval)
    refuse_own(approval, memo, actor)
    if approval.verb == ISSUE:
        _issue(memo, actor, now)
        return memo
    refuse_moved(approval, memo)
    reason = approval.request_reason
    if approval.verb == CLOSE:
        check_closable(memo, settings_of(memo.account))
        return close_now(memo, reason=reason, actor=actor, now=now, closed_by_id=approval.requested_by_id)
    check_reopenable(memo)
    return reopen_now(memo, reason=reason, actor=actor, now=now)


def give_back(approval: Approval, actor: Actor, now: datetime) -> None:  # noqa: ARG001 - what every verb is told
    """Turned down or taken back: what waited to be issued becomes a draft that can be edited.

    Nobody turns down what is asked about their own company (I18); everybody may take back what they asked for.
    """
    memo = _lock(approval)
    if approval.decision == Approval.Decision.REJECTED:
        asks_for_own_company([actor.user_id], [memo.payer_id, memo.beneficiary_id])
    if approval.verb != ISSUE:
        return
    if approval.decision == Approval.Decision.REJECTED:
        memo.reject()
    else:
        memo.withdraw()
    memo.save(update_fields=["status"])


def _lock(approval: Approval) -> CreditMemo:
    inside = CreditMemo.objects.filter(pk=approval.object_id, marketplace_id=approval.marketplace_id)
    return lock_one(
        inside.select_related(
            "account__marketplace", "account__payer", "account__merchant__company", "payer", "beneficiary"
        )
    )


def refuse_own(approval: Approval, memo: CreditMemo, actor: Actor) -> None:
    """Neither the one who decides nor the one who asked may belong to the company by now (I18)."""
    parties = [memo.payer_id, memo.beneficiary_id]
    asks_for_own_company([actor.user_id], parties)
    maker = _("The person who requested this now belongs to the company, so it can't be approved.")
    asks_for_own_company([approval.requested_by_id], parties, message=maker)


def refuse_moved(approval: Approval, memo: CreditMemo) -> None:
    """Refuse to close or reopen another amount than was asked for; a status that does not fit is refused later."""
    amount = memo.balance if approval.verb == CLOSE else memo.written_off
    if amount and amount != approval.amount:
        before, after = amount_text(approval.amount or 0, memo.currency), amount_text(amount, memo.currency)
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
        refuse_taxed_otherwise(memo, settings)
    else:
        check_creditable(invoice, details, settings)
        refuse_outdated(memo, invoice)
    for follow in what_follows([memo], actor):
        follow(actor, now)
    issue_draft(memo, settings, actor=actor, now=now)


def refuse_outdated(memo: CreditMemo, invoice: Invoice) -> None:
    """Refuse a draft whose lines would come out differently by now, or no longer fit their invoice."""
    drafted = [line for line in memo.lines.prefetch_related("taxes") if line.invoice_line_id]
    fresh = compose_from_invoice(invoice, [_asked_again(line) for line in drafted])
    then = [(line.net, [tax.amount for tax in line.taxes.all()]) for line in drafted]
    if then != [(line.net, [tax.amount for tax in line.taxes]) for line in fresh]:
        now_total = sum(line.gross for line in fresh)
        raise DraftOutdated(before=amount_text(memo.total, memo.currency), after=amount_text(now_total, memo.currency))


def refuse_taxed_otherwise(memo: CreditMemo, settings: MarketplaceSettings) -> None:
    """Refuse a draft of its own lines whose taxes would be rounded to something else by now."""
    if memo.tax_by == settings.tax_by:
        return
    lines = list(memo.lines.prefetch_related("taxes"))
    then = [[tax.amount for tax in line.taxes.all()] for line in lines]
    bases = [(line.net, [TaxRate(tax.name, tax.rate) for tax in line.taxes.all()]) for line in lines]
    fresh = taxes_of(bases, by_document=settings.tax_by == TaxBy.DOCUMENT)
    if fresh != then:
        after = memo.net + sum(sum(amounts) for amounts in fresh)
        raise DraftOutdated(before=amount_text(memo.total, memo.currency), after=amount_text(after, memo.currency))


def _asked_again(line: CreditMemoLine) -> InvoiceCredit:
    invoice_line_id = line.invoice_line_id or 0
    if line.by == line.By.QUANTITY:
        return InvoiceCredit(invoice_line_id, quantity=line.quantity)
    if line.by == line.By.TAX_ONLY:
        return InvoiceCredit(invoice_line_id, tax_only=line.tax)
    return InvoiceCredit(invoice_line_id, net=line.net)
