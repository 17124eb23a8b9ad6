"""How far a run is: counts by state, what its documents come to, how fast it goes and how long it still takes."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum

from billing.models import BillingRun, RunLine

_STATES = tuple(RunLine.State.values)
_SUMS = ("charges", "invoices", "memos", "applications", "failed_events", "invoiced", "credited", "applied", "due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Counts of payers by state, counts of what was made, and amounts in minor units with tax.

    ``per_second`` is payers a second since the run began (or was tried again), ``seconds_left`` None while nothing can
    be said.
    """

    payers: int
    waiting: int
    issued: int
    done: int
    failed: int
    charges: int
    invoices: int
    memos: int
    applications: int
    failed_events: int
    invoiced: int
    credited: int
    applied: int
    due: int
    seconds: float
    per_second: float
    seconds_left: float | None

    @property
    def settled(self) -> int:
        """Payers for whom nothing more is done."""
        return self.done + self.failed

    @property
    def percent(self) -> int:
        """Settled payers of all, rounded down, so that 100 is the end."""
        return 100 if not self.payers else 100 * self.settled // self.payers


def progress(run: BillingRun, now: datetime) -> Progress:
    """One statement over the run's lines."""
    counts = {state: Count("pk", filter=Q(state=state)) for state in _STATES}
    found = RunLine.objects.filter(run=run).aggregate(**counts, **{f"sum_{name}": Sum(name) for name in _SUMS})
    seconds = max(((run.finished_at or now) - run.started_at).total_seconds(), 0.001)
    settled = found["done"] + found["failed"]
    rate = settled / seconds
    left = found["waiting"] + found["issued"]
    return Progress(
        payers=run.payers,
        **{state: found[state] for state in _STATES},
        **{name: int(found[f"sum_{name}"] or 0) for name in _SUMS},
        seconds=seconds,
        per_second=rate,
        seconds_left=left / rate if rate and run.is_open else None,
    )
