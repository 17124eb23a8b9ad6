"""The filters of lists about subscriptions and what is sold."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from companies.models import Company
from core.search_keys import key_holds
from subscriptions.models import Product, Subscription
from subscriptions.queries.finding import matching
from web.access import member_of
from web.filters import DayFilter, ListFilters, LookupFilter, OneOfFilter, SearchFilter, SwitchFilter

ACTIVE, CANCELLED = "active", "cancelled"


class StateFilter(OneOfFilter):
    """Active, or cancelled (also where the end is still to come)."""

    def __init__(self) -> None:
        super().__init__("cancelled_on", _("Status"), [(ACTIVE, _("Active")), (CANCELLED, _("Cancelled"))])

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """By whether a cancellation is there."""
        return qs.filter(cancelled_on__isnull=value == ACTIVE) if value else qs


class ProductFilter(OneOfFilter):
    """One of the marketplace's products."""

    def __init__(self) -> None:
        super().__init__("product_id", _("Product"), [])

    def prepare(self, field: forms.ChoiceField, request: HttpRequest) -> None:
        """Offer them by name."""
        rows = Product.objects.filter(marketplace=member_of(request).marketplace).order_by("name")
        self.pairs = [(str(row.pk), row.name) for row in rows[:200]]
        field.choices = [("", _("Any")), *self.pairs]


class SubscriptionFilters(ListFilters):
    """Search by company, product or UUID."""

    q = SearchFilter(placeholder=_("Company, product or UUID"))
    status = StateFilter()
    product = ProductFilter()
    company = LookupFilter(
        "company_id",
        _("Company"),
        url_name="companies:lookup",
        rows=lambda request: Company.objects.visible_to(request.member),
    )
    from_day = DayFilter("started_on", _("Started from"), edge="from")
    to_day = DayFilter("started_on", _("Started to"), edge="to")

    def __init__(self, data: Any, queryset: QuerySet[Any], *, request: HttpRequest) -> None:
        super().__init__(data, queryset, request=request)
        self.member: Any = member_of(request)
        if not self.member.may("companies.view"):
            del self.filters["company"]

    @property
    def form(self) -> forms.Form:
        """Without what this member may not look up."""
        form = super().form
        for name in set(form.fields) - set(self.filters):
            del form.fields[name]
        return form

    def resolve_search(self, queryset: QuerySet[Subscription], text: str) -> QuerySet[Subscription]:
        """By what was typed."""
        return matching(queryset, text, marketplace_id=self.member.marketplace.pk)


class ProductFilters(ListFilters):
    """Products by name."""

    q = SearchFilter(placeholder=_("Name"))
    inactive = SwitchFilter(_("Include discontinued"), otherwise={"is_active": True})

    def resolve_search(self, queryset: QuerySet[Product], text: str) -> QuerySet[Product]:
        """Products whose name holds the text."""
        return queryset.filter(key_holds(text))


class DiscountFilters(ListFilters):
    """Discounts by name."""

    q = SearchFilter(placeholder=_("Name"))

    def resolve_search(self, queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
        """Discounts whose name holds the text."""
        return queryset.filter(key_holds(text))
