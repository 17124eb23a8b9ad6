"""A worker on a billing run, some seconds at a time. Several work on one run at once; ``lane`` is the number of one.

What one has not committed, another finds again: lines are taken by locks that end with their holder. So a worker
that is killed anywhere loses at most the batch in its hands, and that batch was never there.
"""

from datetime import datetime
from time import monotonic, perf_counter

from billing.models import BillingRun
from billing.operations.running.batch_size import BatchSize
from billing.operations.running.batches import apply_batch, issue_batch
from billing.operations.running.starting import finish_if_done
from billing.queries.price_book import PriceBook
from core.retry import retry
from core.rows import plan_afresh

TURN = 10.0
"""Seconds after which a worker of a run lets other work have its process."""
FIRST, MOST = 50, 500
"""Payers of the first batch, and of the largest."""
ISSUE_TARGET = 0.4
"""Seconds a batch may hold number series against people who issue by hand (they are held for its last part only)."""
APPLY_TARGET = 0.08
"""Seconds a batch may hold memos and invoices against people who apply by hand."""


class RunWorker:
    """One turn of one worker on a run, at the moment ``now``."""

    def __init__(self, run_id: int, lane: int, now: datetime) -> None:
        self._run = BillingRun.objects.get(pk=run_id)
        self._lane = lane
        self._now = now
        self._book = PriceBook(self._run.marketplace_id)
        self._issue = BatchSize(first=FIRST, most=MOST, target=ISSUE_TARGET)
        self._apply = BatchSize(first=FIRST, most=MOST, target=APPLY_TARGET)

    def work(self, seconds: float = TURN) -> bool:
        """Work until the time is up or nothing is left for this worker; whether something is."""
        end = monotonic() + seconds
        while monotonic() < end:
            plan_afresh()
            self._run.refresh_from_db(fields=["state"])
            issued = 0 if self._run.state != BillingRun.State.RUNNING else self._issue_once()
            applied = self._apply_all()
            if not issued and not applied:
                finish_if_done(run_id=self._run.pk, now=self._now)
                return False
        return True

    def _issue_once(self) -> int:
        began = perf_counter()
        most, book, now = self._issue.size, self._book, self._now
        found = retry(lambda: issue_batch(self._run, lane=self._lane, most=most, book=book, now=now))
        if found:
            self._issue.learn(found, perf_counter() - began)
        return found

    def _apply_all(self) -> int:
        """Use credit for every payer whose documents are issued; those in other hands get a second pass at the end."""
        finished = 0
        while True:
            met, done = self._apply_once(wait=False)
            if met and not done:
                met, done = self._apply_once(wait=True)
            finished += done
            if not met or not done:
                return finished

    def _apply_once(self, *, wait: bool) -> tuple[int, int]:
        began = perf_counter()
        most, now = self._apply.size, self._now
        met, done = retry(lambda: apply_batch(self._run, lane=self._lane, most=most, now=now, wait=wait))
        if met and not wait:
            self._apply.learn(met, perf_counter() - began)
        return met, done
