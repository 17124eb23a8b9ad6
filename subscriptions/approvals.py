"""What a second person is asked about subscriptions: all of it, where the company is a relative of the operator."""

from datetime import date, datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from companies.models import Company, MerchantOfRecord, User
from companies.operations.own_company import asks_for_relatives
from core.actors import Actor
from core.models import Approval
from subscriptions.models import Discount, Edition, Plan, Product, Subscription, SubscriptionTerms
from subscriptions.operations import add_discount, cancel, change, subscribe
from subscriptions.operations.catalogue import DISCOUNT
from subscriptions.operations.events import CANCEL, CHANGE
from subscriptions.operations.subscribing import SUBSCRIBE


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _subscribe(approval: Approval, actor: Actor, now: datetime) -> Subscription:
    told = approval.arguments
    return subscribe(
        company=Company.objects.get(pk=approval.object_id), plan=Plan.objects.get(pk=told["plan"]),
        quantity=Decimal(told["quantity"]), started_on=date.fromisoformat(told["started_on"]),
        anchor=_day(told["anchor"]), billed_user=User.objects.filter(pk=told["billed_user"]).first(),
        merchant=MerchantOfRecord.objects.filter(pk=told["merchant"]).first(), actor=actor, now=now,
        key=f"approval:{approval.pk}",
    )  # fmt: skip


def _change(approval: Approval, actor: Actor, now: datetime) -> SubscriptionTerms:
    told = approval.arguments
    return change(
        subscription=Subscription.objects.get(pk=approval.object_id), plan=Plan.objects.filter(pk=told["plan"]).first(),
        quantity=_number(told["quantity"]), at_cycle=told["at_cycle"], day=_day(told["day"]),
        note=approval.request_reason, actor=actor, now=now, key=f"approval:{approval.pk}",
    )  # fmt: skip


def _cancel(approval: Approval, actor: Actor, now: datetime) -> Subscription:
    told = approval.arguments
    return cancel(
        subscription=Subscription.objects.get(pk=approval.object_id), partial_credit=told["partial_credit"],
        reason=approval.request_reason, at_cycle=told["at_cycle"], day=_day(told["day"]), actor=actor, now=now,
        key=f"approval:{approval.pk}",
    )  # fmt: skip


def _discount(approval: Approval, actor: Actor, now: datetime) -> Discount:
    told = approval.arguments
    return add_discount(
        name=told["name"], rate=_number(told["rate"]), fixed=told["fixed"],
        company=Company.objects.get(pk=approval.object_id), product=Product.objects.filter(pk=told["product"]).first(),
        edition=Edition.objects.filter(pk=told["edition"]).first(), plan=Plan.objects.filter(pk=told["plan"]).first(),
        first=_day(told["first"]), last=_day(told["last"]), actor=actor, now=now,
    )  # fmt: skip


def register_all() -> None:
    """Called from AppConfig.ready."""
    asks_for_relatives(kind="company", name=SUBSCRIBE, label=_("Subscribe"), act=_subscribe)
    asks_for_relatives(kind="subscription", name=CHANGE, label=_("Change"), act=_change)
    asks_for_relatives(kind="subscription", name=CANCEL, label=_("Cancel"), act=_cancel)
    asks_for_relatives(kind="company", name=DISCOUNT, label=_("Grant the discount"), act=_discount)
