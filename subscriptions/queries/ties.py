"""What subscriptions and products hold a company by (`companies.queries.ties`)."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from companies.queries.ties import Tie, register
from subscriptions.models import Product, Subscription


def running(company_id: int) -> QuerySet[Subscription]:
    """Subscriptions without an end that the company has, pays for or sells."""
    concerns = Q(company_id=company_id) | Q(account__payer_id=company_id) | Q(account__merchant__company_id=company_id)
    return Subscription.objects.filter(concerns, cancelled_on__isnull=True)


def register_all() -> None:
    """Called from AppConfig.ready."""
    register(
        Tie(
            why=_("it has active subscriptions. Cancel them first; they are billed until they end."),
            rows=running,
            keeps_on=True,
        ),
        Tie(
            why=_("it had subscriptions."),
            rows=lambda pk: Subscription.objects.filter(company_id=pk),
        ),
        Tie(why=_("products name it as their vendor."), rows=lambda pk: Product.objects.filter(vendor_id=pk)),
    )
