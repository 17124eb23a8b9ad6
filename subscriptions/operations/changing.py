"""Change a subscription: another plan or quantity, on a day or with the next cycle."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from core import audit, idempotency
from core.actors import Actor
from core.checks import check_day, check_text
from core.formats import day_text, reader
from subscriptions.domain.refusals import BeforeStart, NothingChanges, OtherProduct
from subscriptions.models import Plan, Subscription, SubscriptionTerms
from subscriptions.operations.asking_credit import ask_credit
from subscriptions.operations.events import CHANGE, check_change, lock, publish
from subscriptions.operations.subscribing import check_quantity, check_sold, terms_key
from subscriptions.queries.terms import TermsInForce, history, price_a_month, terms_on

Kind = SubscriptionTerms.Kind
LONGEST_NOTE = 500


@transaction.atomic
def change(
    *,
    subscription: Subscription,
    actor: Actor,
    now: datetime,
    key: str,
    plan: Plan | None = None,
    quantity: Decimal | None = None,
    at_cycle: bool = False,
    day: date | None = None,
    note: str = "",
) -> SubscriptionTerms:
    """Agree on another plan or quantity from ``day`` on (today unless given), or from the next period on.

    Another length of period, or charging at its other end, begins a new cycle on that day. Whether it is an upgrade
    is told by what a month costs.
    """
    body = [subscription.pk, plan and plan.pk, str(quantity), at_cycle, str(day), note]
    again = idempotency.claim(actor=actor, operation="subscriptions.change", key=key, body=body, now=now)
    if again:
        return SubscriptionTerms.objects.get(pk=again.result["terms_id"])
    note = check_text(note, longest=LONGEST_NOTE, field="note")
    if day:
        check_day(day, field="day")
    told: dict[str, object] = {
        "plan": plan and plan.pk, "quantity": None if quantity is None else str(quantity), "at_cycle": at_cycle,
        "day": day and str(day),
    }  # fmt: skip
    subscription = lock(subscription, actor)
    check_change(subscription, actor=actor, verb=CHANGE, reason=note, told=told)
    terms = history(subscription)
    on = day or subscription.account.marketplace.today(now)
    held = terms_on(subscription, terms, on)
    starts = held.next_cycle if at_cycle else on
    new_plan, new_quantity = _agreed(subscription, held, plan, quantity)
    _check_day(subscription, terms, starts)
    old = held.terms
    cycle_changes = (new_plan.months, new_plan.in_advance) != (old.plan.months, old.plan.in_advance)
    costs_more = price_a_month(new_plan, new_quantity) >= price_a_month(old.plan, old.quantity)
    position = terms[-1].position + 1
    made = SubscriptionTerms.objects.create(
        subscription=subscription, position=position, key=terms_key(subscription, position),
        kind=Kind.UPGRADE if costs_more else Kind.DOWNGRADE, day=starts, plan=new_plan, quantity=new_quantity,
        at_cycle=at_cycle, anchor=starts if cycle_changes else None, agreed_at=now, agreed_by_id=actor.user_id,
        note=note,
    )  # fmt: skip
    subscription.committed = subscription.committed_until = None
    subscription.save(update_fields=["committed", "committed_until"])
    ask_credit(subscription, made, key=key, actor=actor, now=now)
    audit.record(
        actor=actor, verb="subscription.changed", obj=subscription, company_id=subscription.company_id,
        before={"plan": str(old.plan), "quantity": f"{old.quantity.normalize():f}"},
        after={"plan": str(new_plan), "quantity": f"{new_quantity.normalize():f}", "day": str(starts)},
        note=note, now=now,
    )  # fmt: skip
    publish(subscription, kind=made.kind, key=made.key, day=starts, actor=actor, now=now)
    idempotency.remember(actor=actor, operation="subscriptions.change", key=key, result={"terms_id": made.pk})
    return made


def _agreed(
    subscription: Subscription, held: TermsInForce, plan: Plan | None, quantity: Decimal | None
) -> tuple[Plan, Decimal]:
    if plan is not None and plan.edition.product_id != subscription.product_id:
        raise OtherProduct(field="plan")
    if plan is not None and plan.pk != held.terms.plan_id:
        check_sold(plan)
    if quantity is not None:
        check_quantity(quantity)
    new = plan or held.terms.plan, held.terms.quantity if quantity is None else quantity
    if new == (held.terms.plan, held.terms.quantity):
        raise NothingChanges(field="quantity")
    return new


def _check_day(subscription: Subscription, terms: list[SubscriptionTerms], day: date) -> None:
    """A change comes after all that was agreed before it; a history is never rewritten."""
    earliest = max(subscription.started_on, *(each.day for each in terms))
    if day < earliest:
        raise BeforeStart(day=day_text(earliest, reader()), field="day")
