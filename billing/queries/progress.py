"""How far a run is: counts by state, what its documents come to, how fast it goes and how long it still takes."""

from dataclasses import dataclass

from django.db.models import Count, Max, Q, Subquery, Sum

from billing.models import BillingRun, RunBatch, RunLine

_STATES = tuple(RunLine.State.values)
_SUMS = ("charges", "invoices", "memos", "applications", "failed_events", "invoiced", "credited", "applied", "due")


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """Counts of payers by state, counts of what was made, and amounts in minor units with tax.

    ``settled_amount`` is what lies between invoiced and due: credit used on the new invoices, or, without credit memos,
    balances carried over; the rest of ``applied`` went to earlier invoices (``applied_before``).

    ``seconds`` is the time that was worked, that of the busiest worker: not what lay between two attempts.
    ``per_second`` is payers a second of it, ``seconds_left`` None while nothing can be said.
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
    def settled_amount(self) -> int:
        """What the new invoices owe less than they came to, in minor units."""
        return self.invoiced - self.due

    @property
    def applied_before(self) -> int:
        """Credit that was used on invoices that there were before, in minor units."""
        return self.applied - self.settled_amount if self.applied else 0

    @property
    def settled(self) -> int:
        """Payers for whom nothing more is done."""
        return self.done + self.failed

    @property
    def percent(self) -> int:
        """Settled payers of all, rounded down, so that 100 is the end."""
        return 100 if not self.payers else 100 * self.settled // self.payers


def progress(run: BillingRun) -> Progress:
    """One statement over the run's lines, which asks its batches for the worker that worked longest."""
    counts = {state: Count("pk", filter=Q(state=state)) for state in _STATES}
    lanes = RunBatch.objects.filter(run=run).order_by().values("lane").annotate(worked=Sum("seconds"))
    longest = Subquery(lanes.order_by("-worked").values("worked")[:1])
    sums = {f"sum_{name}": Sum(name) for name in _SUMS}
    found = RunLine.objects.filter(run=run).aggregate(**counts, **sums, longest=Max(longest))
    seconds = float(found["longest"] or 0)
    settled = found["done"] + found["failed"]
    rate = settled / seconds if seconds else 0.0
    left = found["waiting"] + found["issued"]
    return Progress(
        payers=run.payers,
        **{state: found[state] for state in _STATES},
        **{name: int(found[f"sum_{name}"] or 0) for name in _SUMS},
        seconds=seconds,
        per_second=rate,
        seconds_left=left / rate if rate and run.is_open else None,
    )
