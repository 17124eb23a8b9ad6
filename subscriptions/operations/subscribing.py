"""Subscribe a company to a plan."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from companies.models import Company, MerchantOfRecord, User
from companies.operations.own_company import Ask, refuse_own_company
from core import audit, idempotency
from core.actors import Actor
from core.checks import check_day
from core.errors import InvalidInput, Missing
from core.locking import lock_one
from ledger.models import BalanceAccount
from ledger.operations import account_for, merchant_and_payer
from subscriptions.domain.refusals import CompanyCannotSubscribe, PlanNotSold
from subscriptions.models import Plan, Subscription, SubscriptionTerms
from subscriptions.operations.asking_credit import ask_credit
from subscriptions.operations.events import publish
from subscriptions.periods import DAY, period_holding

SUBSCRIBE = "subscribe"
WHOLE = 12
DECIMALS = 6
SUBSCRIBING = (Company.Kind.CUSTOMER, Company.Kind.RESELLER)


@transaction.atomic
def subscribe(
    *,
    company: Company,
    plan: Plan,
    quantity: Decimal,
    started_on: date,
    actor: Actor,
    now: datetime,
    key: str,
    billed_user: User | None = None,
    anchor: date | None = None,
    merchant: MerchantOfRecord | None = None,
) -> Subscription:
    """Begin a subscription on a day; its periods are counted from ``anchor``, or else from that day.

    The payer owes the operator, or the ``merchant`` that sells it. Refused: a plan that is not sold, a quantity that
    can't be stored as it stands, a person who does not belong to the company.
    """
    body = [company.pk, plan.pk, str(quantity), str(started_on), billed_user and billed_user.pk, str(anchor)]
    again = idempotency.claim(actor=actor, operation="subscriptions.subscribe", key=key, body=body, now=now)
    if again:
        return Subscription.objects.get(pk=again.result["subscription_id"])
    product = plan.edition.product
    if product.marketplace_id != actor.marketplace_id:
        raise Missing
    company = lock_one(Company.objects.filter(pk=company.pk, marketplace_id=actor.marketplace_id))
    _check_company(company)
    check_sold(plan)
    check_quantity(quantity)
    check_day(started_on, field="started_on")
    if anchor:
        check_day(anchor, field="anchor")
    if billed_user and not billed_user.memberships.active().filter(company=company).exists():
        raise InvalidInput(_("This person is not a member of the company."), field="billed_user")
    account = _account(company, merchant)
    told: dict[str, object] = {
        "plan": plan.pk, "quantity": str(quantity), "started_on": str(started_on), "anchor": anchor and str(anchor),
        "billed_user": billed_user and billed_user.pk, "merchant": merchant and merchant.pk,
    }  # fmt: skip
    ask = Ask(
        kind="company", verb=SUBSCRIBE, object_id=company.pk, subject=str(plan.pk), thing=f"{company}, {plan}",
        arguments=told,
    )  # fmt: skip
    refuse_own_company(actor, [company.pk, account.payer_id], ask=ask)
    first = period_holding(started_on, anchor or started_on, plan.months)
    subscription = Subscription.objects.create(
        marketplace_id=actor.marketplace_id,
        company=company,
        account=account,
        billed_user=billed_user,
        product=product,
        started_on=started_on,
        anchor=anchor or started_on,
        due_on=started_on if plan.in_advance else first.last + DAY,
        created_at=now,
        created_by_id=actor.user_id,
    )
    terms = SubscriptionTerms.objects.create(
        subscription=subscription, position=1, key=terms_key(subscription, 1), kind=SubscriptionTerms.Kind.PURCHASE,
        day=started_on, plan=plan, quantity=quantity, agreed_at=now, agreed_by_id=actor.user_id,
    )  # fmt: skip
    ask_credit(subscription, terms, key=key, actor=actor, now=now)
    audit.record(
        actor=actor, verb="subscription.started", obj=subscription, company_id=company.pk,
        after={"plan": str(plan), "quantity": str(quantity), "day": str(started_on)}, now=now,
    )  # fmt: skip
    publish(subscription, kind=terms.kind, key=terms.key, day=started_on, actor=actor, now=now)
    idempotency.remember(
        actor=actor, operation="subscriptions.subscribe", key=key, result={"subscription_id": subscription.pk}
    )
    return subscription


def terms_key(subscription: Subscription, position: int) -> str:
    """The name of the billing event of a change."""
    return f"subscription:{subscription.uuid}:{position}"


def check_sold(plan: Plan) -> None:
    """Refuse a plan, or a product, that is not sold any more."""
    if not plan.is_active or not plan.edition.product.is_active:
        raise PlanNotSold(plan=str(plan), field="plan")


def check_quantity(quantity: Decimal) -> None:
    """Refuse what could not be stored as it stands."""
    fits = quantity.is_finite() and 0 <= quantity < 10**WHOLE and quantity == round(quantity, DECIMALS)
    if not fits:
        raise InvalidInput(_("Enter a quantity with at most 12 digits and 6 decimals."), field="quantity")


def _check_company(company: Company) -> None:
    """Customers and resellers subscribe, while they are active."""
    if not company.is_active or company.kind not in SUBSCRIBING:
        raise CompanyCannotSubscribe(company=company.name, field="company")


def _account(company: Company, merchant: MerchantOfRecord | None) -> BalanceAccount:
    operator, payer = merchant_and_payer(company)
    if merchant is None or merchant == operator:
        return account_for(payer=payer, merchant=operator)
    if merchant.marketplace_id != company.marketplace_id:
        raise Missing
    return account_for(payer=company, merchant=merchant)
