"""Record a billing event from outside, once for each key."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from billing.ingest import Facts, checked
from billing.models import BillingEvent, Charge
from companies.models import Marketplace
from core import audit
from core.actors import Actor
from core.errors import DuplicateRequest, InvalidInput, Missing
from core.idempotency import fingerprint
from core.rows import insert
from ledger.models import BalanceAccount
from ledger.operations import account_for, merchant_and_payer
from subscriptions.models import Subscription
from subscriptions.queries.terms import history, standing

COLUMNS = (
    "marketplace", "key", "body_hash", "kind", "origin", "company", "account", "subscription", "billed_user", "day",
    "at", "quantity", "amount", "price", "product", "description", "source_key", "status", "reason", "created_at",
    "created_by",
)  # fmt: skip


@transaction.atomic
def record_event(*, facts: Facts, origin: str, actor: Actor, now: datetime) -> BillingEvent:
    """Record what happened; the next run bills it. A repeat of the key has no second effect and gets the first event.

    Raises InvalidInput that names the field at fault, DuplicateRequest for a key that said something else before, and
    Missing for what is not the actor's marketplace's.
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
    sources = source_accounts(marketplace.pk, [facts.source_key])
    account_id = account_of(facts, sources)
    row = event_row(facts, marketplace.pk, account_id, body_hash, origin=origin, actor=actor, now=now)
    added = insert(BillingEvent, COLUMNS, [row], ignore_conflicts=True)
    event = BillingEvent.objects.get(marketplace=marketplace, key=facts.key)
    if added:
        audit.record(
            actor=actor, verb="event.recorded", obj=event, company_id=event.company_id,
            after={"kind": event.kind, "key": event.key}, now=now,
        )  # fmt: skip
    elif event.body_hash != body_hash:
        raise DuplicateRequest(field="key")
    return event


def usage_model(subscription: Subscription | None, facts: Facts, marketplace: Marketplace) -> str:
    """How the plan that holds on the event's day prices usage."""
    if subscription is None:
        return ""
    day = facts.day or (marketplace.today(facts.at) if facts.at else date.min)
    return standing(subscription, history(subscription), day).terms.plan.usage_model


def source_accounts(marketplace_id: int, keys: list[str]) -> dict[str, int]:
    """The balance accounts of the charges that these keys name: a charge's own key, or its event's."""
    asked = {key for key in keys if key}
    if not asked:
        return {}
    rows = Charge.objects.exclude(state=Charge.State.RETURNED).filter(
        marketplace_id=marketplace_id, key__in=[*asked, *(f"{key}/0" for key in asked)]
    )
    return {key.removesuffix("/0"): account for key, account in rows.values_list("key", "account_id")} | dict(
        rows.values_list("key", "account_id")
    )


def account_of(facts: Facts, sources: Mapping[str, int]) -> int:
    """Whose debt or credit it is: that of the charge it is about, of its subscription, or of its company's payer."""
    if facts.source_key in sources:
        return sources[facts.source_key]
    if facts.subscription is not None:
        return int(facts.subscription.account_id)
    merchant, payer = merchant_and_payer(facts.company)
    account: BalanceAccount = account_for(payer=payer, merchant=merchant)
    return account.pk


def event_row(
    facts: Facts, marketplace_id: int, account_id: int, body_hash: str, *, origin: str, actor: Actor, now: datetime
) -> tuple[object, ...]:
    """The values of ``COLUMNS``."""
    subscription, user, product = facts.subscription, facts.billed_user, facts.product
    return (
        marketplace_id, facts.key, body_hash, facts.kind, origin, facts.company.pk, account_id,
        subscription.pk if subscription else None, user.pk if user else None, facts.day, facts.at, facts.quantity,
        facts.amount, facts.price, product.pk if product else None, facts.description, facts.source_key,
        BillingEvent.Status.PENDING, "", now, actor.user_id,
    )  # fmt: skip
