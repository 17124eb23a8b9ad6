"""Cancel a subscription: on a day or with its period, with or without credit for the days that were paid."""

from datetime import date, datetime

from django.db import transaction

from core import audit, idempotency
from core.actors import Actor
from core.checks import check_day, check_text
from core.formats import day_text, reader
from subscriptions.domain.refusals import BeforeStart
from subscriptions.models import Subscription
from subscriptions.operations.changing import LONGEST_NOTE
from subscriptions.operations.events import CANCEL, check_change, lock, publish
from subscriptions.queries.terms import history, terms_on


@transaction.atomic
def cancel(
    *,
    subscription: Subscription,
    partial_credit: bool,
    reason: str,
    actor: Actor,
    now: datetime,
    key: str,
    at_cycle: bool = False,
    day: date | None = None,
) -> Subscription:
    """End a subscription on ``day`` (today unless given), or with the last day of the period that is running.

    With ``partial_credit`` the days after it that were charged are given back; without, a period that was begun is
    owed whole.
    """
    body = [subscription.pk, partial_credit, reason, at_cycle, str(day)]
    again = idempotency.claim(actor=actor, operation="subscriptions.cancel", key=key, body=body, now=now)
    if again:
        return Subscription.objects.get(pk=subscription.pk, marketplace_id=actor.marketplace_id)
    reason = check_text(reason, longest=LONGEST_NOTE, field="reason", required=True)
    if day:
        check_day(day, field="day")
    told: dict[str, object] = {"partial_credit": partial_credit, "at_cycle": at_cycle, "day": day and str(day)}
    subscription = lock(subscription, actor)
    check_change(subscription, actor=actor, verb=CANCEL, reason=reason, told=told)
    terms = history(subscription)
    on = day or subscription.account.marketplace.today(now)
    if on < subscription.started_on:
        raise BeforeStart(day=day_text(subscription.started_on, reader()), field="day")
    last = terms_on(subscription, terms, on).period.last if at_cycle else on
    subscription.cancelled_on, subscription.cancelled_at = last, now
    subscription.cancelled_at_cycle, subscription.partial_credit = at_cycle, partial_credit
    subscription.cancel_reason = reason
    subscription.committed = subscription.committed_until = None
    subscription.save(
        update_fields=[
            "cancelled_on", "cancelled_at", "cancelled_at_cycle", "partial_credit", "cancel_reason", "committed",
            "committed_until",
        ]
    )  # fmt: skip
    audit.record(
        actor=actor, verb="subscription.cancelled", obj=subscription, company_id=subscription.company_id, note=reason,
        after={"day": str(last), "partial_credit": partial_credit}, now=now,
    )  # fmt: skip
    publish(
        subscription,
        kind="cancellation",
        key=f"subscription:{subscription.uuid}:cancel",
        day=last,
        actor=actor,
        now=now,
    )
    idempotency.remember(actor=actor, operation="subscriptions.cancel", key=key, result={"done": True})
    return subscription
