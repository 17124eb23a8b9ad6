"""Issue a draft that was checked: freeze, post, publish, and take the number (ADR 4)."""

from collections.abc import Iterable
from datetime import datetime

from companies.models import MarketplaceSettings
from companies.queries.people import known_in
from core.actors import Actor
from core.audit import record_many
from core.locking import lock
from core.outbox import publish_many
from creditmemos.domain.planning import Allocation
from creditmemos.models import CreditMemo
from creditmemos.operations.application_rows import Locked, use_credit
from creditmemos.operations.applying import check_apply
from creditmemos.operations.issue_facts import issue_entries, issue_event, issue_note, stored_taxes
from documents.models import NumberSeries
from invoices.models import Invoice
from invoices.operations.numbering import Given, give_numbers
from invoices.operations.parties import parties_of, snapshot_of
from ledger.posting import post


def issue_draft(memo: CreditMemo, settings: MarketplaceSettings, *, actor: Actor, now: datetime) -> None:
    """Issue a checked draft. *Apply now* uses it on its source invoice in the same transaction."""
    invoices: list[Invoice] = []
    if memo.use == CreditMemo.Use.APPLY_NOW and memo.source_invoice_id:
        invoices = lock(Invoice.objects.filter(pk=memo.source_invoice_id))
    post_issue(memo, settings, actor=actor, now=now)
    record_many([issue_note(memo)], actor=actor, now=now)
    tell_issue([memo], memo.marketplace_id, now)
    freeze(memo, settings)
    [(_memo, given)] = give_numbers([memo], NumberSeries.Kind.CREDIT_MEMO, settings=settings, now=now)
    give_number(memo, given, now)
    if invoices:
        apply_now(memo, invoices[0], actor=actor, now=now)


def freeze(memo: CreditMemo, settings: MarketplaceSettings) -> None:
    """Keep the parties and the reason as they are now."""
    user = known_in(memo.marketplace_id, memo.billed_user)
    for column, value in parties_of(memo.account, memo.beneficiary, user, settings.marketplace).items():
        setattr(memo, column, value)
    memo.counts_as = memo.reason.counts_as if memo.reason else ""
    memo.frozen = snapshot_of(memo.account, memo.beneficiary)


def post_issue(memo: CreditMemo, settings: MarketplaceSettings, *, actor: Actor, now: datetime) -> None:
    """Post a stored draft as issued today."""
    post(
        account=memo.account,
        posting_date=settings.marketplace.today(now),
        verb="creditmemo.issue",
        entries=issue_entries(memo, stored_taxes(memo)),
        actor=actor,
        now=now,
    )


def tell_issue(memos: Iterable[CreditMemo], marketplace_id: int, now: datetime) -> None:
    """Publish that drafts are issued."""
    publish_many(map(issue_event, memos), marketplace_id=marketplace_id, now=now, bulk=False)


def give_number(memo: CreditMemo, given: Given, now: datetime) -> None:
    """Issue a draft by its number; its last statement."""
    for column, value in given.columns().items():
        setattr(memo, column, value)
    memo.effective_date = memo.effective_date or given.issue_date
    memo.issued_at = now
    memo.issue()
    memo.save()


def apply_now(memo: CreditMemo, invoice: Invoice, *, actor: Actor, now: datetime) -> None:
    """Use it on its locked source invoice, as far as that is due."""
    locked = Locked(memo.account, {memo.pk: memo}, {invoice.pk: invoice})
    allocations = [Allocation(memo.pk, invoice.pk, min(memo.balance, invoice.amount_due))]
    check_apply(locked, allocations, actor)
    use_credit(locked, allocations, actor=actor, now=now)
