"""What credit memos do about events: use free credit automatically."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from companies.models import MarketplaceSettings
from core import outbox
from core.models import OutboxJob
from creditmemos.operations.applying import SETTLE, apply_automatically

MET = ("invoice.issued", "invoice.voided", "credit_memo.released", "credit_memo.reversed", "credit_memo.reopened")
"""After these, credit that is free may meet a debt: a new invoice, a lifted hold, or credit that came back."""

LABEL = _("Apply credit automatically")


def register_all() -> None:
    """Called from AppConfig.ready."""
    outbox.register(outbox.Handler("credit_memo.issued", SETTLE, memo_issued, label=LABEL))
    for topic in MET:
        outbox.register(outbox.Handler(topic, SETTLE, credit_and_debt_met, label=LABEL))


def _settle(job: OutboxJob, now: datetime, switch: str) -> Callable[[], None] | None:
    settings = MarketplaceSettings.objects.get(marketplace_id=job.marketplace_id)
    if getattr(settings, switch):
        apply_automatically(account_id=int(job.payload["account_id"]), now=now)
    return None


def memo_issued(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """A new memo meets the invoices that are open already, where the marketplace says so."""
    return _settle(job, now, "apply_to_existing")


def credit_and_debt_met(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Use what is free."""
    return _settle(job, now, "auto_apply")
