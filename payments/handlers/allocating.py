"""What payments do about events: use money on account automatically, after credit."""

from collections.abc import Callable
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from companies.models import MarketplaceSettings
from core import outbox
from core.locking import lock
from core.models import OutboxJob
from creditmemos.handlers import MET
from creditmemos.models import CreditMemo
from creditmemos.operations import apply_automatically
from invoices.domain.balance import PENDING, UNPAID
from invoices.models import Invoice
from payments.domain import wording
from payments.models import Payment
from payments.operations import allocate_automatically

NAME = "payments.allocate"
TOPICS = (*MET, wording.RECEIVED, wording.TAKEN_OFF, wording.UNRETURNED, wording.RETURNED)
"""After these, money on account may meet a debt: a new invoice, credit or money that came back, new money."""
NOT_SENT = (wording.REFUND_FAILED, wording.REFUND_RETURNED)
"""After these, credit or money that was not sent back after all may meet one."""

LABEL = _("Use money on account automatically")


def register_all() -> None:
    """Called from AppConfig.ready."""
    for topic in TOPICS:
        outbox.register(outbox.Handler(topic, NAME, money_and_debt_met, wanted=has_free_money, label=LABEL))
    for topic in NOT_SENT:
        outbox.register(outbox.Handler(topic, NAME, money_and_debt_met, label=LABEL))


def has_free_money(marketplace_id: int) -> bool:
    """Whether the marketplace uses money on account automatically, and has some."""
    settings = MarketplaceSettings.objects.filter(marketplace_id=marketplace_id, auto_allocate=True)
    free = Payment.objects.filter(marketplace_id=marketplace_id, keep_on_account=False).on_account()
    return settings.exists() and free.exists()


def money_and_debt_met(job: OutboxJob, now: datetime) -> Callable[[], None] | None:
    """Use credit first, where the marketplace does so by itself, then money on account."""
    settings = MarketplaceSettings.objects.get(marketplace_id=job.marketplace_id)
    account_id = int(job.payload["account_id"])
    if settings.auto_apply:
        _lock_all(account_id)
        apply_automatically(account_id=account_id, now=now)
    if settings.auto_allocate:
        allocate_automatically(account_id=account_id, now=now)
    return None


def _lock_all(account_id: int) -> None:
    """Memos, then all invoices that either verb may lock: the second locks more of them than the first."""
    lock(CreditMemo.objects.filter(account_id=account_id, on_hold=False).usable().only("pk"))
    lock(Invoice.objects.filter(account_id=account_id, status__in=(UNPAID, PENDING)).only("pk"))
