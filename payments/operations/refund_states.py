"""What a provider says became of a refund, applied to its row once and in one direction, however often it is told."""

from datetime import datetime

from django.db import transaction

from core.actors import provider
from core.locking import lock_one
from creditmemos.models import CreditMemo
from payments.domain.states import DIFFERS, FAILED, LATE, NEEDS_CUSTOMER, PENDING, SUCCESSFUL, UNKNOWN
from payments.gateway.declines import refund_words
from payments.gateway.protocol import Outcome, State
from payments.models import Payment, Refund
from payments.operations.charge_states import ENDED
from payments.operations.refund_moves import Source, come_back, fail, succeed

_MARKS = ["attention", "provider_ref"]


def first_refund_sent(refund: Refund, now: datetime) -> None:
    """Write down, before the provider is asked for the first time, that it is now: its key is good from here."""
    Refund.objects.filter(pk=refund.pk, first_sent_at__isnull=True).update(first_sent_at=now)


@transaction.atomic
def settle_refund_of_provider(refund_id: int, outcome: Outcome, *, now: datetime) -> Refund:
    """Apply how a refund stands at the provider; what is older than what the row says is ignored.

    Failed after it had succeeded: the money came back, and a memo is credit again, on hold. Another amount than asked
    is only marked, as is one that succeeded although its row had ended.
    """
    found = Refund.objects.select_related("memo", "payment").get(pk=refund_id)
    source: Source
    if found.memo_id:
        source = lock_one(CreditMemo.objects.filter(pk=found.memo_id, marketplace_id=found.marketplace_id))
    else:
        source = lock_one(Payment.objects.filter(refunds=found, marketplace_id=found.marketplace_id))
    refund = lock_one(Refund.objects.filter(pk=refund_id, marketplace_id=found.marketplace_id))
    refund.provider_ref = refund.provider_ref or outcome.ref or None
    if outcome.state is State.SUCCEEDED:
        _succeed(refund, source, outcome, now)
    elif outcome.state in ENDED:
        _end(refund, source, outcome, now)
    elif refund.status == PENDING:
        refund.attention = NEEDS_CUSTOMER if outcome.state is State.NEEDS_CUSTOMER else ""
        refund.pending_reason = outcome.pending_reason[:40]
        refund.save(update_fields=[*_MARKS, "pending_reason"])
    return refund


def _succeed(refund: Refund, source: Source, outcome: Outcome, now: datetime) -> None:
    actor, today = provider(refund.marketplace_id), source.account.marketplace.today(now)
    if refund.status == FAILED:
        refund.attention = LATE
        refund.save(update_fields=_MARKS)
    elif refund.status == PENDING and (outcome.amount, outcome.currency) != (refund.amount, refund.currency):
        refund.attention = DIFFERS
        refund.save(update_fields=_MARKS)
    elif refund.status == PENDING:
        refund.attention, refund.pending_reason = "", ""
        refund.save(update_fields=[*_MARKS, "pending_reason"])
        succeed(refund, source, value_date=today, actor=actor, now=now)


def _end(refund: Refund, source: Source, outcome: Outcome, now: datetime) -> None:
    actor, today = provider(refund.marketplace_id), source.account.marketplace.today(now)
    why, code = str(refund_words(outcome.code)), outcome.code[:80]
    if refund.status == PENDING:
        refund.attention = ""
        refund.save(update_fields=_MARKS)
        fail(refund, source, why=outcome.text or why, code=code, actor=actor, now=now)
    elif refund.status == SUCCESSFUL:
        back = max(today, refund.value_date or today)
        come_back(refund, source, value_date=back, note=why, code=code, actor=actor, now=now)


def refund_unknown(refund_id: int) -> None:
    """Mark a refund of which nobody could find out what became of it; it stays pending, and is looked up again."""
    Refund.objects.filter(pk=refund_id, status=PENDING).update(attention=UNKNOWN)
