"""What a batch would come to, credit included; for dry runs. Nothing is written or locked."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from billing.domain.grouping import Bill
from billing.models import BillingRun, RunLine
from billing.operations.running.issuing import Issued, work_out
from billing.queries.loading import Loaded
from billing.queries.price_book import PriceBook
from creditmemos.domain.planning import Credit, Debt
from creditmemos.models import CreditMemo
from creditmemos.operations.applying import plan_account
from creditmemos.queries.sources import own_invoices
from invoices.models import Invoice
from ledger.models import BalanceAccount

LAST = 10**15
"""A sequence behind every number given so far: new documents come after those there are."""


def foresee(run: BillingRun, lines: Sequence[RunLine], book: PriceBook, now: datetime) -> Issued:
    """The figures that a run would give these payers now."""
    loaded, outcome, issued = work_out(run, lines, book, now)
    by_account: dict[int, list[Bill]] = defaultdict(list)
    for bill in outcome.bills:
        by_account[int(bill.account)].append(bill)
    carrying = _carrying(by_account) if book.is_v1 else {}
    for account_id, bills in by_account.items():
        for bill in bills:
            owed = bill.charged
            if book.is_v1:
                owed = max(0, bill.charged - bill.credited - carrying.get((account_id, bill.user), 0))
            issued.figures[loaded.payers[bill.first_owner.contract]].due += owed
    if book.settings.auto_apply and not book.is_v1:
        _plan(by_account, loaded, issued, book, now)
    return issued


def _carrying(account_ids: Iterable[int]) -> dict[tuple[int, int | None], int]:
    """The balances that the accounts' next invoices would take over, in minor units."""
    found: dict[tuple[int, int | None], int] = defaultdict(int)
    for row in Invoice.objects.filter(account_id__in=list(account_ids)).carrying():
        found[row.account_id, row.billed_user_id] += row.carried_out
    return found


def _plan(by_account: dict[int, list[Bill]], loaded: Loaded, issued: Issued, book: PriceBook, now: datetime) -> None:
    """Share credit over debts with the new documents among them, by the planner of the run itself."""
    memos: dict[int, list[CreditMemo]] = defaultdict(list)
    for memo in CreditMemo.objects.filter(account_id__in=by_account, on_hold=False).usable():
        memos[memo.account_id].append(memo)
    invoices: dict[int, list[Invoice]] = defaultdict(list)
    for invoice in Invoice.objects.filter(account_id__in=by_account).unpaid():
        invoices[invoice.account_id].append(invoice)
    own = own_invoices(memo for rows in memos.values() for memo in rows)
    for account_id, bills in by_account.items():
        account = loaded.accounts[account_id]
        credits_, debts = _new(bills, account, loaded, book, now)
        plan = plan_account(
            memos[account_id], invoices[account_id], account, book.settings, own=own, more_credits=credits_,
            more_debts=debts,
        )  # fmt: skip
        figures = issued.figures[loaded.payers[bills[0].first_owner.contract]]
        figures.applications += len(plan)
        figures.applied += sum(each.amount for each in plan)
        figures.due -= sum(each.amount for each in plan if each.invoice_id < 0)


def _new(
    bills: Sequence[Bill], account: BalanceAccount, loaded: Loaded, book: PriceBook, now: datetime
) -> tuple[list[Credit], list[Debt]]:
    """The new documents as the planner sees them; their ids are below zero."""
    today = book.marketplace.today(now)
    terms = account.payer.payment_terms_days
    days = book.settings.payment_terms_days if terms is None else terms
    credits_, debts = [], []
    places = {str(charged.line.key): -number for number, bill in enumerate(bills, start=1) for charged in bill.charges}
    for number, bill in enumerate(bills, start=1):
        if bill.charges:
            owed = bill.charged
            debts.append(Debt(-number, owed, today + timedelta(days=days), today, LAST + number, bill.user))
        if bill.credits:
            sources = {str(credited.source) for credited in bill.credits}
            own = frozenset(
                [
                    *({-number} if bill.charges else ()),
                    *(places[key] for key in sources if key in places),
                    *(loaded.charges[key].invoice_id for key in sources if key in loaded.charges),
                ]
            )
            total = bill.credited
            credits_.append(Credit(-number, total, today, LAST + number, bill.user, own))
    return credits_, debts
