"""Record a billing event from outside, once for each key."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from billing.domain.event_values import Facts, checked
from billing.models import BillingEvent
from billing.operations.asking import ask_about_event
from billing.operations.asking_credit import ask_order
from billing.operations.event_payers import Owed, owed_of, sources_named
from billing.operations.limiting import Allowance, credit_of
from companies.models import Marketplace
from companies.operations.own_company import asks_for_own_company
from core import audit
from core.actors import Actor
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.idempotency import fingerprint
from core.rows import insert
from subscriptions.models import Subscription
from subscriptions.queries.terms import history, terms_on


class EventRow(NamedTuple):
    """A billing event as it is written; an event waits for the next run, unless it is said otherwise."""

    marketplace_id: int
    key: str
    body_hash: str
    kind: str
    origin: str
    company_id: int
    account_id: int
    day: date | None
    created_at: datetime
    created_by_id: int | None
    subscription_id: int | None = None
    billed_user_id: int | None = None
    at: datetime | None = None
    quantity: Decimal | None = None
    amount: int | None = None
    price: Decimal | None = None
    product_id: int | None = None
    description: str = ""
    source_key: str = ""
    status: str = BillingEvent.Status.PENDING
    reason: str = ""
    credit: int | None = None
    event_import_id: int | None = None
    replaces_id: int | None = None
    note: str = ""
    committed: int | None = None


PERMISSION = "billing.record"


@transaction.atomic
def record_event(
    *,
    facts: Facts,
    origin: str,
    actor: Actor,
    now: datetime,
    replaces: BillingEvent | None = None,
    asks: bool = False,
) -> BillingEvent:
    """Record what happened; the next run bills it, or waits until a second person agreed to its credit.
    ``replaces`` is the event whose place it takes; ``asks``: in any case.

    A repeat of the key has no second effect and gets the first event. Raises InvalidInput that names the field at
    fault, DuplicateRequest for a key that said something else before, OwnCompany, and Missing for what is not the
    actor's marketplace's.
    """
    marketplace = Marketplace.objects.get(pk=actor.marketplace_id)
    for thing in (facts.company, facts.subscription, facts.product):
        if thing is not None and thing.marketplace_id != marketplace.pk:
            raise Missing
    if facts.subscription is not None:
        if facts.company is not None and facts.company != facts.subscription.company:
            raise InvalidInput(_("This subscription is another company's."), field="subscription")
        facts = replace(facts, company=facts.subscription.company, product=facts.product or facts.subscription.product)
    told = facts
    facts = checked(
        told,
        today=marketplace.today,
        is_member=lambda: told.billed_user.memberships.filter(company=told.company).exists(),
        usage_model=lambda: usage_model(told.subscription, told, marketplace),
    )
    body_hash = fingerprint(facts.body())
    owed = owed_of(facts, sources_named(marketplace.pk, [facts.source_key]))
    credit = credit_of(facts, owed, exponent=marketplace.exponent)
    asks = _asks(facts, owed, credit, marketplace, actor, now) or asks
    row = event_row(
        facts, marketplace.pk, owed.account, body_hash, origin=origin, actor=actor, now=now, asks=asks, credit=credit
    )._replace(replaces_id=replaces.pk if replaces else None)
    added = insert(BillingEvent, [row], ignore_conflicts=True)
    event = BillingEvent.objects.get(marketplace=marketplace, key=facts.key)
    if added:
        after: dict[str, object] = {"kind": event.kind, "key": event.key}
        after |= {"replaces": replaces.key} if replaces else {}
        audit.record(actor=actor, verb="event.recorded", obj=event, company_id=event.company_id, after=after, now=now)
        _written(event, owed, actor, now, asks=asks)
    elif event.body_hash != body_hash:
        raise DuplicateRequest(field="key")
    return event


def _written(event: BillingEvent, owed: Owed, actor: Actor, now: datetime, *, asks: bool) -> None:
    """What follows in the same transaction: whose charges it may change, the credit limit, a second person."""
    if event.subscription_id is not None:
        Subscription.objects.filter(pk=event.subscription_id).update(committed=None, committed_until=None)
    if event.kind == BillingEvent.Kind.ORDER:
        ask_order(event, owed.payer, actor=actor, now=now)
    if asks:
        ask_about_event(event, owed, actor, now)


def _asks(facts: Facts, owed: Owed, credit: int | None, marketplace: Marketplace, actor: Actor, now: datetime) -> bool:
    """Whether it waits for a second person: the operator's relative, or more credit than somebody may give alone."""
    if asks_for_own_company([actor.user_id], owed.companies(facts.company.pk)):
        return True
    return not Allowance(marketplace, actor, now).takes(owed.payer, credit)


def usage_model(subscription: Subscription | None, facts: Facts, marketplace: Marketplace) -> str:
    """How the plan that holds on the event's day prices usage."""
    if subscription is None:
        return ""
    day = facts.day or (marketplace.today(facts.at) if facts.at else date.min)
    return terms_on(subscription, history(subscription), day).terms.plan.usage_model


def event_row(
    facts: Facts,
    marketplace_id: int,
    account_id: int,
    body_hash: str,
    *,
    origin: str,
    actor: Actor,
    now: datetime,
    asks: bool,
    credit: int | None,
    import_id: int | None = None,
) -> EventRow:
    """The row of an event whose facts were checked; what ``asks`` for a second person waits."""
    subscription, user, product = facts.subscription, facts.billed_user, facts.product
    return EventRow(
        marketplace_id=marketplace_id,
        key=facts.key,
        body_hash=body_hash,
        kind=facts.kind,
        origin=origin,
        company_id=facts.company.pk,
        account_id=account_id,
        subscription_id=subscription.pk if subscription else None,
        billed_user_id=user.pk if user else None,
        day=facts.day,
        at=facts.at,
        quantity=facts.quantity,
        amount=facts.amount,
        price=facts.price,
        product_id=product.pk if product else None,
        description=facts.description,
        source_key=facts.source_key,
        status=BillingEvent.Status.ASKED if asks else BillingEvent.Status.PENDING,
        created_at=now,
        created_by_id=actor.user_id,
        credit=credit or None,
        event_import_id=import_id,
    )
