"""What credit memos do about events: use free credit automatically."""

from collections.abc import Callable
from datetime import datetime

from companies.models import MarketplaceSettings
from core import outbox
from core.models import OutboxJob
from creditmemos.operations.applying import apply_automatically


def _settle(job: OutboxJob, now: datetime, switch: str) -> Callable[[], None] | None:
    settings = MarketplaceSettings.objects.get(marketplace_id=job.marketplace_id)
    if getattr(settings, switch):
        apply_automatically(account_id=int(job.payload["account_id"]), now=now)
    return None


@outbox.handler("creditmemo.issued", "creditmemos.settle")
def memo_issued(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """A new memo meets the invoices that are open already, where the marketplace says so."""
    return _settle(job, now, "apply_to_existing")


@outbox.handler("invoice.issued", "creditmemos.settle")
@outbox.handler("invoice.voided", "creditmemos.settle")
@outbox.handler("creditmemo.released", "creditmemos.settle")
@outbox.handler("creditmemo.reversed", "creditmemos.settle")
@outbox.handler("creditmemo.reopened", "creditmemos.settle")
def credit_and_debt_met(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """A new invoice, a lifted hold, or credit that came back: use what is free."""
    return _settle(job, now, "auto_apply")
