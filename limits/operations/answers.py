"""What a decision leaves: the row of the check, the reservation, the allowance that was used."""

from datetime import datetime, timedelta

from core import outbox
from core.actors import Actor
from limits.models import CreditCheck, Reservation
from limits.operations.weighing import Scale, Weighed

HOLDS = timedelta(minutes=15)
"""How long a checkout's reservation counts."""
UNTIL_HEARD = timedelta(days=30)
"""How long that of a change counts whose billing event is still to be written."""
REACHED = "credit_limit.reached"
"""The event: a checkout or a renewal was refused."""
LONGEST_KEY, LONGEST_SUBJECT = 160, 200


def log(
    scale: Scale, weighed: Weighed, amount: int, *, kind: str, key: str, subject: str, actor: Actor, inside: int = 0
) -> CreditCheck:
    """Write the check down; what of the purchase is counted already is told as the purchase. An allowance is used."""
    if weighed.allowance is not None:
        weighed.allowance.used_key, weighed.allowance.used_at = key, scale.now
        weighed.allowance.save(update_fields=["used_key", "used_at"])
    exposure = weighed.exposure
    return CreditCheck.objects.create(
        marketplace_id=scale.line.marketplace_id, line=scale.line, kind=kind, key=key, amount=amount,
        currency=scale.currency, subject=subject[:LONGEST_SUBJECT], is_allowed=weighed.is_allowed,
        refusal=weighed.refusal.code if weighed.refusal else "",
        is_blocked=scale.policy.is_blocked or scale.group_policy.is_blocked, limit=scale.policy.limit,
        dues=exposure.dues, pending=exposure.pending, committed=exposure.committed - inside,
        reserved=exposure.reserved, credit=exposure.credit, carried=exposure.carried, on_account=exposure.on_account,
        exposure=weighed.total, group_limit=scale.group_policy.limit if scale.group else None,
        group_exposure=weighed.group_total, allowance=weighed.allowance, asked_by_id=actor.user_id,
        asked_at=scale.now,
    )  # fmt: skip


def reserve(check: CreditCheck, *, holds: timedelta) -> Reservation:
    """Keep what a check allowed."""
    return Reservation.objects.create(
        marketplace_id=check.marketplace_id, line_id=check.line_id, check_row=check, key=check.key, amount=check.amount,
        subject=check.subject, created_at=check.asked_at, expires_at=check.asked_at + holds,
    )  # fmt: skip


def tell_reached(scale: Scale, check: CreditCheck, now: datetime) -> None:
    """Publish that the limit is reached, once a day for each line, which is locked."""
    today = now.date()
    if scale.line.reached_on == today:
        return
    scale.line.reached_on = today
    scale.line.save(update_fields=["reached_on"])
    outbox.publish(
        topic=REACHED, key=f"{REACHED}:{check.pk}", marketplace_id=check.marketplace_id,
        payload={"check_id": check.pk}, now=now,
    )  # fmt: skip
