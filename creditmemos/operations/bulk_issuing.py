"""Issue many credit memos in one transaction, as ``invoices.operations.bulk_issuing`` does invoices."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from companies.models import Company, MarketplaceSettings, User
from core import rows
from core.actors import Actor
from core.audit import record_many
from core.outbox import publish_many
from creditmemos.domain.adjustments import ORDINARY
from creditmemos.domain.balance import UNAPPLIED
from creditmemos.domain.drafting import DraftLine
from creditmemos.models import CreditMemo, CreditMemoLine, CreditMemoLineTax
from creditmemos.operations.applying import SETTLE
from creditmemos.operations.issue_facts import issue_entries, issue_event, issue_note
from creditmemos.operations.rows import MemoRow, NumberedMemo, line_rows, tax_rows
from documents.models import NumberSeries
from invoices.domain.drafting import tax_sums
from invoices.operations.numbering import Given, give_numbers
from invoices.operations.parties import Snapshots, parties_of
from ledger.models import BalanceAccount
from ledger.posting import Posting, post_many


class NewMemo(NamedTuple):
    """One memo to issue. The account has its marketplace, payer and merchant's company at hand."""

    account: BalanceAccount
    beneficiary: Company
    billed_user: User | None
    lines: Sequence[DraftLine]
    sibling_invoice_id: int | None = None
    source: str = CreditMemo.Source.AUTOMATIC
    source_invoice_id: int | None = None


class Draft:
    """A memo that was written and waits for its number."""

    __slots__ = ("account", "id", "line_ids", "net", "new", "number", "source", "source_invoice_id", "tax")
    reason_note, purpose = "", ORDINARY

    def __init__(self, new: NewMemo, pk: int, line_ids: list[int]) -> None:
        self.new = new
        self.id = pk
        self.line_ids = line_ids
        self.account, self.source, self.source_invoice_id = new.account, new.source, new.source_invoice_id
        self.net = sum(line.net for line in new.lines)
        self.tax = sum(line.tax for line in new.lines)
        self.number = ""

    @property
    def total(self) -> int:
        """Net and tax, in minor units."""
        return self.net + self.tax


def draft_many(
    new: Sequence[NewMemo],
    *,
    actor: Actor,
    now: datetime,
    settings: MarketplaceSettings,
    caller_applies: bool = True,
) -> list[Draft]:
    """Write memos with lines, taxes, journal, audit and events; amounts are taken as they are given.

    ``caller_applies``: whoever issues them uses their credit too; else automatic application hears of them.
    """
    if not new:
        return []
    every = [line for each in new for line in each.lines]
    taxes = sum(len(line.taxes) for line in every)
    ids, line_ids, tax_ids = map(
        iter, rows.reserve((CreditMemo, len(new)), (CreditMemoLine, len(every)), (CreditMemoLineTax, taxes))
    )
    drafts = [Draft(each, next(ids), [next(line_ids) for _ in each.lines]) for each in new]
    frozen = Snapshots()
    rows.insert(
        CreditMemo,
        [_row(draft, frozen.of(draft.account, draft.new.beneficiary), actor, now, settings) for draft in drafts],
    )
    rows.insert(
        CreditMemoLine, [row for draft in drafts for row in line_rows(draft.id, draft.line_ids, draft.new.lines)]
    )
    rows.insert(
        CreditMemoLineTax, [row for draft in drafts for row in tax_rows(draft.line_ids, draft.new.lines, tax_ids)]
    )
    today = settings.marketplace.today(now)
    post_many(
        [
            Posting(draft.account, today, "creditmemo.issue", issue_entries(draft, tax_sums(draft.new.lines)))
            for draft in drafts
        ],
        actor=actor,
        now=now,
    )
    record_many(map(issue_note, drafts), actor=actor, now=now)
    publish_many(
        map(issue_event, drafts),
        marketplace_id=settings.marketplace_id,
        now=now,
        but=(SETTLE,) if caller_applies else (),
    )
    return drafts


def number_many(drafts: Sequence[Draft], *, settings: MarketplaceSettings, now: datetime) -> None:
    """Issue drafts by their numbers, in their order; the last statements of the transaction.

    The invoices whose lines they undo must be issued before.
    """
    values = []
    for draft, given in give_numbers(drafts, NumberSeries.Kind.CREDIT_MEMO, settings=settings, now=now):
        draft.number = given.number
        values.append(_numbered(draft, given, now))
    rows.update(CreditMemo, values)


def _row(draft: Draft, frozen: rows.Json, actor: Actor, now: datetime, settings: MarketplaceSettings) -> MemoRow:
    new, marketplace = draft.new, settings.marketplace
    return MemoRow(
        id=draft.id,
        **parties_of(new.account, new.beneficiary, new.billed_user, marketplace),
        document_date=marketplace.today(now),
        frozen=frozen,
        tax_by=settings.tax_by,
        net=draft.net,
        tax=draft.tax,
        total=draft.total,
        source=new.source,
        source_invoice_id=new.source_invoice_id,
        sibling_invoice_id=new.sibling_invoice_id,
        created_at=now,
        created_by_id=actor.user_id,
    )


def _numbered(draft: Draft, given: Given, now: datetime) -> NumberedMemo:
    """The draft with its number: credit, none of it used."""
    return NumberedMemo(
        id=draft.id,
        **given.columns(),
        effective_date=given.issue_date,
        issued_at=now,
        balance=draft.total,
        status=UNAPPLIED,
    )
