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
class DraftedBill:
    """A bill with what was drafted for it: an invoice of its charges, a memo of its credits."""

    bill: Bill
    account: BalanceAccount
    beneficiary: Company
    user: User | None
    line: RunLine
    language: str
    invoice: invoices.Draft | None = None
    memo: memos.Draft | None = None


class BatchDocuments:
    """All documents of one batch."""

    def __init__(self, outcome: Outcome, loaded: Loaded, book: PriceBook, lines: Sequence[RunLine]) -> None:
        by_payer = {line.payer_id: line for line in lines}
        self._book = book
        self._writer = Writer(loaded, book)
        self.all = [_drafted_bill(bill, loaded, by_payer, book) for bill in outcome.bills]
        self._is_v1 = book.is_v1
        self._carrying = _carrying(self.all) if self._is_v1 else {}

    @property
    def line_ids(self) -> dict[str, int]:
        """The invoice lines of the charges made here, by the charge's key."""
        return self._writer.made.line_ids

    def draft(self, now: datetime) -> None:
        """Write everything but the numbers: the invoices, then the memos that may undo their lines."""
        actor, settings = pipeline(self._book.marketplace.pk), self._book.settings
        charged = [drafted for drafted in self.all if drafted.bill.charges or self._is_v1]
        drafts = invoices.draft_many(
            [self._invoice(drafted) for drafted in charged], actor=actor, now=now, settings=settings, but=(SETTLE,)
        )
        for drafted, draft in zip(charged, drafts, strict=True):
            drafted.invoice = draft
            self._writer.made.learn(drafted.bill, draft)
        credited = [drafted for drafted in self.all if drafted.bill.credits and not self._is_v1]
        notes = memos.draft_many([self._memo(drafted) for drafted in credited], actor=actor, now=now, settings=settings)
        for drafted, note in zip(credited, notes, strict=True):
            drafted.memo = note

    def owed(self) -> dict[int, int]:
        """What the new invoices of each line owe before any credit is used, in minor units."""
        found: dict[int, int] = defaultdict(int)
        for drafted in self.all:
            if drafted.invoice:
                found[drafted.line.pk] += drafted.invoice.due
        return found

    def with_credit(self) -> set[int]:
        """The lines for which credit can be used: a memo is new, or an account has some left."""
        if self._is_v1 or not self._book.settings.auto_apply:
            return set()
        usable = CreditMemo.objects.filter(account_id__in={drafted.account.pk for drafted in self.all}, on_hold=False)
        accounts = set(usable.usable().values_list("account_id", flat=True))
        return {drafted.line.pk for drafted in self.all if drafted.memo or drafted.account.pk in accounts}

    def number(self, now: datetime) -> None:
        """Issue what was drafted; nothing slow may follow."""
        settings = self._book.settings
        invoices.number_many([drafted.invoice for drafted in self.all if drafted.invoice], settings=settings, now=now)
        memos.number_many([drafted.memo for drafted in self.all if drafted.memo], settings=settings, now=now)

    def _invoice(self, drafted: DraftedBill) -> invoices.NewInvoice:
        lines = [self._writer.invoice_line(charged, drafted.language) for charged in drafted.bill.charges]
        taken: list[Invoice] = []
        if self._is_v1:
            own = [each for credited in drafted.bill.credits for each in credited.apart()]
            lines += [self._writer.negative_line(each, drafted.account.currency, drafted.language) for each in own]
            taken = self._carrying.get((drafted.account.pk, drafted.user.pk if drafted.user else None), [])
        return invoices.NewInvoice(drafted.account, drafted.beneficiary, drafted.user, lines, taken)

    def _memo(self, drafted: DraftedBill) -> memos.NewMemo:
        currency = drafted.account.currency
        lines = [self._writer.memo_line(credited, currency, drafted.language) for credited in drafted.bill.credits]
        sibling = drafted.invoice.id if drafted.invoice else None
        return memos.NewMemo(drafted.account, drafted.beneficiary, drafted.user, lines, sibling)


def _carrying(documents: Sequence[DraftedBill]) -> dict[tuple[int, int | None], list[Invoice]]:
    """The balances that the accounts' next invoices take over, locked, by account and billed user."""
    found: dict[tuple[int, int | None], list[Invoice]] = defaultdict(list)
    for row in lock(Invoice.objects.filter(account_id__in={drafted.account.pk for drafted in documents}).carrying()):
        found[row.account_id, row.billed_user_id].append(row)
    return found


def _drafted_bill(bill: Bill, loaded: Loaded, lines: dict[int, RunLine], book: PriceBook) -> DraftedBill:
    """A document is for the one company whose contracts it bills, or for the payer when they are several."""
    account = loaded.accounts[int(bill.account)]
    beneficiary = account.payer
    if len(bill.companies) == 1:
        [company] = bill.companies
        beneficiary = loaded.companies[company]
    line = lines[loaded.payers[bill.first_owner.contract]]
    user = loaded.users[bill.user] if bill.user else None
    language = account.payer.language or book.marketplace.default_language
    return DraftedBill(bill, account, beneficiary, user, line, language)
