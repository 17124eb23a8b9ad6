"""The documents of one batch: drafted from its bills, numbered by the last statements."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.domain.grouping import Bill
from billing.models import RunLine
from billing.operations.running.lines import Writer
from billing.operations.running.rating import Outcome
from billing.queries.loading import Loaded
from billing.queries.price_book import PriceBook
from companies.models import Company, User
from core.actors import pipeline
from core.locking import lock
from creditmemos.models import CreditMemo
from creditmemos.operations import bulk_issuing as memos
from creditmemos.operations.applying import SETTLE
from invoices.models import Invoice
from invoices.operations import bulk_issuing as invoices
from ledger.models import BalanceAccount


@dataclass(slots=True)
class Paper:
    """A bill with what was drafted for it: an invoice of its charges, a memo of its credits."""

    bill: Bill
    account: BalanceAccount
    beneficiary: Company
    user: User | None
    line: RunLine
    language: str
    invoice: invoices.Draft | None = None
    memo: memos.Draft | None = None


class Papers:
    """All documents of one batch."""

    def __init__(self, outcome: Outcome, loaded: Loaded, book: PriceBook, lines: Sequence[RunLine]) -> None:
        by_payer = {line.payer_id: line for line in lines}
        self._book = book
        self._writer = Writer(loaded, book)
        self.all = [_paper(bill, loaded, by_payer, book) for bill in outcome.bills]
        self._is_v1 = book.is_v1
        self._carrying = _carrying(self.all) if self._is_v1 else {}

    @property
    def line_ids(self) -> dict[str, int]:
        """The invoice lines of the charges made here, by the charge's key."""
        return self._writer.made.line_ids

    def draft(self, now: datetime) -> None:
        """Write everything but the numbers: the invoices, then the memos that may undo their lines."""
        actor, settings = pipeline(self._book.marketplace.pk), self._book.settings
        charged = [paper for paper in self.all if paper.bill.charges or self._is_v1]
        drafts = invoices.draft_many(
            [self._invoice(paper) for paper in charged], actor=actor, now=now, settings=settings, but=(SETTLE,)
        )
        for paper, draft in zip(charged, drafts, strict=True):
            paper.invoice = draft
            self._writer.made.learn(paper.bill, draft)
        credited = [paper for paper in self.all if paper.bill.credits and not self._is_v1]
        notes = memos.draft_many([self._memo(paper) for paper in credited], actor=actor, now=now, settings=settings)
        for paper, note in zip(credited, notes, strict=True):
            paper.memo = note

    def owed(self) -> dict[int, int]:
        """What the new invoices of each line owe before any credit is used, in minor units."""
        found: dict[int, int] = defaultdict(int)
        for paper in self.all:
            if paper.invoice:
                found[paper.line.pk] += paper.invoice.due
        return found

    def with_credit(self) -> set[int]:
        """The lines for which credit can be used: a memo is new, or an account has some left."""
        if self._is_v1 or not self._book.settings.auto_apply:
            return set()
        usable = CreditMemo.objects.filter(account_id__in={paper.account.pk for paper in self.all}, on_hold=False)
        accounts = set(usable.usable().values_list("account_id", flat=True))
        return {paper.line.pk for paper in self.all if paper.memo or paper.account.pk in accounts}

    def number(self, now: datetime) -> None:
        """Issue what was drafted; nothing slow may follow."""
        settings = self._book.settings
        invoices.number_many([paper.invoice for paper in self.all if paper.invoice], settings=settings, now=now)
        memos.number_many([paper.memo for paper in self.all if paper.memo], settings=settings, now=now)

    def _invoice(self, paper: Paper) -> invoices.NewInvoice:
        lines = [self._writer.invoice_line(charged, paper.language) for charged in paper.bill.charges]
        taken: list[Invoice] = []
        if self._is_v1:
            own = [each for credited in paper.bill.credits for each in credited.apart()]
            lines += [self._writer.negative_line(each, paper.account.currency, paper.language) for each in own]
            taken = self._carrying.get((paper.account.pk, paper.user.pk if paper.user else None), [])
        return invoices.NewInvoice(paper.account, paper.beneficiary, paper.user, lines, taken)

    def _memo(self, paper: Paper) -> memos.NewMemo:
        currency = paper.account.currency
        lines = [self._writer.memo_line(credited, currency, paper.language) for credited in paper.bill.credits]
        sibling = paper.invoice.id if paper.invoice else None
        return memos.NewMemo(paper.account, paper.beneficiary, paper.user, lines, sibling)


def _carrying(papers: Sequence[Paper]) -> dict[tuple[int, int | None], list[Invoice]]:
    """The balances that the accounts' next invoices take over, locked, by account and billed user."""
    found: dict[tuple[int, int | None], list[Invoice]] = defaultdict(list)
    for row in lock(Invoice.objects.filter(account_id__in={paper.account.pk for paper in papers}).carrying()):
        found[row.account_id, row.billed_user_id].append(row)
    return found


def _paper(bill: Bill, loaded: Loaded, lines: dict[int, RunLine], book: PriceBook) -> Paper:
    """A document is for the one company whose contracts it bills, or for the payer when they are several."""
    account = loaded.accounts[int(bill.account)]
    beneficiary = account.payer
    if len(bill.companies) == 1:
        [company] = bill.companies
        beneficiary = loaded.companies[company]
    line = lines[loaded.payers[bill.first_owner.contract]]
    user = loaded.users[bill.user] if bill.user else None
    language = account.payer.language or book.marketplace.default_language
    return Paper(bill, account, beneficiary, user, line, language)
