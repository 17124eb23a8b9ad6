"""What waits while a billing run goes on, which would bill by what it has read before."""

from billing.domain.refusals import RunInProgress
from billing.models import BillingRun


def check_no_run(marketplace_id: int, *, but: int | None = None) -> None:
    """Refuse while a run of the marketplace goes on, other than the one with the id ``but``."""
    going_on = BillingRun.objects.going_on(marketplace_id)
    if (going_on.exclude(pk=but) if but else going_on).exists():
        raise RunInProgress
