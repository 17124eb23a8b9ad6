"""Mark a billing exception as seen: somebody has looked at what was cut off."""

from datetime import datetime

from django.db import transaction

from billing.models import BillingException
from core import audit
from core.actors import Actor
from core.locking import lock_one


@transaction.atomic
def mark_seen(*, exception: BillingException, actor: Actor, now: datetime) -> BillingException:
    """Take it off the dashboard; a second time changes nothing."""
    row = lock_one(BillingException.objects.filter(pk=exception.pk, marketplace_id=actor.marketplace_id))
    if row.seen_at is None:
        row.seen_at, row.seen_by_id = now, actor.user_id
        row.save(update_fields=["seen_at", "seen_by"])
        audit.record(
            actor=actor, verb="exception.seen", obj=row, after={"reason": row.reason, "amount": row.amount}, now=now
        )
    return row
