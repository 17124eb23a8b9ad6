"""The batches of a run: each one transaction that takes lines nobody else holds, and leaves a row of what it did."""

import logging
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from time import perf_counter

from django.db import DatabaseError, IntegrityError, transaction

from billing.models import BillingRun, RunBatch, RunLine
from billing.operations.running.foreseeing import foresee
from billing.operations.running.issuing import Figures, Issued, draft
from billing.operations.running.rows import AppliedLine, IssuedLine
from billing.queries.documents import accounts_of, due_of
from billing.queries.price_book import PriceBook
from core import rows
from core.errors import Refusal, refusal_for
from core.locking import claim, lock
from core.retry import is_transient
from creditmemos.operations import bulk_applying

log = logging.getLogger(__name__)

State = RunLine.State
LONGEST_TEXT = 2000
"""Characters of a failure that are kept."""


def issue_batch(run: BillingRun, *, lane: int, most: int, book: PriceBook, now: datetime) -> int:
    """Rate and issue for up to ``most`` waiting payers; how many there were.

    When that fails, each payer is tried alone, so that one who can't be billed keeps nobody else from it.
    """
    ids: list[int] = []
    try:
        with transaction.atomic():
            lines = claim(RunLine.objects.filter(run=run, state=State.WAITING), most)
            ids = [line.pk for line in lines]
            if lines:
                _issue(run, lines, lane=lane, book=book, now=now)
        return len(ids)
    except Exception as error:
        if not ids or _passes(error):
            raise
        log.warning("a batch of %s payers failed and is tried one by one: %s", len(ids), error)
    for pk in ids:
        _issue_alone(run, pk, lane=lane, book=PriceBook(run.marketplace_id), now=now)
    return len(ids)


def _issue_alone(run: BillingRun, line_id: int, *, lane: int, book: PriceBook, now: datetime) -> None:
    try:
        with transaction.atomic():
            lines = lock(RunLine.objects.filter(pk=line_id, state=State.WAITING))
            if lines:
                _issue(run, lines, lane=lane, book=book, now=now)
    except Exception as error:
        if _passes(error):
            raise
        log.exception("payer line %s of run %s failed", line_id, run.pk)
        RunLine.objects.filter(pk=line_id, state=State.WAITING).update(state=State.FAILED, error=reason_of(error))


def _passes(error: Exception) -> bool:
    """Whether the same batch may well succeed when it is run again: that is for whoever runs it."""
    return isinstance(error, DatabaseError) and is_transient(error)


def reason_of(error: Exception) -> str:
    """What a person reads about a payer who could not be billed."""
    found = error
    if isinstance(error, IntegrityError):
        found = refusal_for(error) or error
    text = found.message if isinstance(found, Refusal) else f"{type(found).__name__}: {found}"
    return text.replace("\0", "")[:LONGEST_TEXT]


def _issue(run: BillingRun, lines: Sequence[RunLine], *, lane: int, book: PriceBook, now: datetime) -> None:
    began = perf_counter()
    if run.dry:
        issued = foresee(run, lines, book, now)
        _settle(lines, issued, waiting=())
        _leave_row(run, lane, lines, issued, began, now)
        return
    documents, issued = draft(run, lines, book, now)
    owed = documents.owed()
    for line in lines:
        issued.figures[line.payer_id].due = owed.get(line.pk, 0)
    _settle(lines, issued, waiting=documents.with_credit())
    _leave_row(run, lane, lines, issued, began, now)
    documents.number(now)


def _settle(lines: Iterable[RunLine], issued: Issued, *, waiting: Collection[int]) -> None:
    """Add the batch's figures to the lines; a line that was tried again has some already.

    Those that are ``waiting`` have credit to use yet.
    """
    values = []
    for line in lines:
        made = issued.figures.get(line.payer_id) or Figures()
        values.append(
            IssuedLine(
                id=line.pk,
                state=State.ISSUED if line.pk in waiting else State.DONE,
                charges=line.charges + made.charges,
                invoices=line.invoices + made.invoices,
                memos=line.memos + made.memos,
                failed_events=made.failed_events,
                invoiced=line.invoiced + made.invoiced,
                credited=line.credited + made.credited,
                applications=line.applications + made.applications,
                applied=line.applied + made.applied,
                due=line.due + made.due,
            )
        )
    rows.update(RunLine, values)


def _leave_row(
    run: BillingRun, lane: int, lines: Sequence[RunLine], issued: Issued, began: float, now: datetime
) -> None:
    RunBatch.objects.create(
        run=run,
        lane=lane,
        stage=RunBatch.Stage.ISSUE,
        payers=len(lines),
        charges=issued.charges,
        documents=issued.documents,
        seconds=perf_counter() - began,
        rate_seconds=issued.rate_seconds,
        finished_at=now,
    )


def apply_batch(run: BillingRun, *, lane: int, most: int, now: datetime, wait: bool = False) -> tuple[int, int]:
    """Use credit on the accounts of up to ``most`` payers whose documents are issued: how many were met, and finished.

    Accounts that somebody else holds are left for a later batch, unless ``wait``.
    """
    began = perf_counter()
    with transaction.atomic():
        lines = claim(RunLine.objects.filter(run=run, state=State.ISSUED), most)
        if not lines:
            return 0, 0
        accounts = accounts_of([line.pk for line in lines])
        everything = {account for own in accounts.values() for account in own}
        applied = bulk_applying.apply_many(sorted(everything), marketplace_id=run.marketplace_id, now=now, wait=wait)
        done = [line for line in lines if applied.busy.isdisjoint(accounts[line.pk])]
        _finish_lines(done, accounts, applied)
        if done:
            RunBatch.objects.create(
                run=run, lane=lane, stage=RunBatch.Stage.APPLY, payers=len(done),
                applications=sum(count for count, _amount in applied.counts.values()),
                seconds=perf_counter() - began, finished_at=now,
            )  # fmt: skip
    return len(lines), len(done)


def _finish_lines(lines: Sequence[RunLine], accounts: dict[int, set[int]], applied: bulk_applying.Applied) -> None:
    due = due_of([line.pk for line in lines])
    values = []
    for line in lines:
        own = [applied.counts[account] for account in accounts[line.pk] if account in applied.counts]
        count, amount = sum(each[0] for each in own), sum(each[1] for each in own)
        values.append(
            AppliedLine(line.pk, State.DONE, line.applications + count, line.applied + amount, due.get(line.pk, 0))
        )
    rows.update(RunLine, values)


__all__ = ["apply_batch", "issue_batch", "reason_of"]
