"""One batch of a run: some payers' contracts become invoices and memos, in one transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

from billing.models import BillingEvent, BillingRun, RunLine
from billing.operations.asking_credit import held_back
from billing.operations.running.documents import BatchDocuments
from billing.operations.running.rating import Outcome, rate_all
from billing.operations.running.renewals import keep_waiting, renewals_of
from billing.operations.running.storing import remember
from billing.queries.loading import Loaded, load
from billing.queries.price_book import PriceBook


@dataclass(slots=True)
class Figures:
    """What a run does for one payer, as ``RunLine`` keeps it."""

    charges: int = 0
    invoices: int = 0
    memos: int = 0
    failed_events: int = 0
    invoiced: int = 0
    credited: int = 0
    applications: int = 0
    applied: int = 0
    due: int = 0


@dataclass(slots=True)
class Issued:
    """What a batch comes to: figures by payer, lines rated, documents made, and the seconds that rating took."""

    figures: dict[int, Figures] = field(default_factory=lambda: defaultdict(Figures))
    charges: int = 0
    documents: int = 0
    rate_seconds: float = 0


def work_out(
    run: BillingRun, lines: Sequence[RunLine], book: PriceBook, now: datetime
) -> tuple[Loaded, Outcome, Issued]:
    """Everything that is due for these payers, and what it comes to; no document is written.

    Renewals for which a payer's credit limit has no room are left out, and stay due.
    """
    payers = [line.payer_id for line in lines]
    loaded = load(payers, book, run.through)
    began = perf_counter()
    outcome = rate_all(loaded, book)
    renewals = renewals_of(loaded, outcome)
    waiting = held_back(run.marketplace_id, renewals, now=now, dry=run.dry)
    if waiting:
        loaded = load(payers, book, run.through, without=waiting)
        outcome = rate_all(loaded, book)
        keep_waiting(loaded, outcome, [each for each in renewals if each.key in waiting])
    issued = _figures(outcome, loaded, is_v1=book.is_v1)
    issued.rate_seconds = perf_counter() - began
    return loaded, outcome, issued


def draft(run: BillingRun, lines: Sequence[RunLine], book: PriceBook, now: datetime) -> tuple[BatchDocuments, Issued]:
    """Rate for these payers and write everything but the numbers; their lines are locked by the caller's transaction.

    ``BatchDocuments.number`` is for the caller's last statement, so that other workers wait as shortly as can be.
    """
    loaded, outcome, issued = work_out(run, lines, book, now)
    documents = BatchDocuments(outcome, loaded, book, lines)
    documents.draft(now)
    remember(run, documents, outcome, loaded, now)
    return documents, issued


def _figures(outcome: Outcome, loaded: Loaded, *, is_v1: bool) -> Issued:
    issued = Issued(charges=outcome.charges)
    for bill in outcome.bills:
        figures = issued.figures[loaded.payers[bill.first_owner.contract]]
        figures.charges += len(bill.charges) + sum(len(each.lines) for each in bill.credits)
        charged, credited = bill.charged, bill.credited
        figures.invoices += 1 if is_v1 else bool(bill.charges)
        figures.memos += 0 if is_v1 else bool(bill.credits)
        figures.invoiced += charged - credited if is_v1 else charged
        figures.credited += 0 if is_v1 else credited
        issued.documents += 1 if is_v1 else bool(bill.charges) + bool(bill.credits)
    for key, (status, _reason) in outcome.events.items():
        if status == BillingEvent.Status.FAILED:
            issued.figures[loaded.accounts[loaded.events[key].account_id].payer_id].failed_events += 1
    return issued
